/** Hosts a door at one end of a port: calls come in, answers and events go out. */

import type { Door } from "../door.ts";
import {
  type Answer,
  type Call,
  faultAnswer,
  type Method,
  METHODS,
  type Port,
} from "./calls.ts";

/** A door whose calls come from elsewhere: what is given was checked by nobody. */
type Callable = Record<Method, (...given: readonly unknown[]) => Promise<unknown>>;

/** Answer every call of a port with the door, and tell it what happens. */
export function host(door: Door, port: Port): void {
  door.listen((event) => {
    port.postMessage({ kind: "event", event });
  });
  port.onmessage = ({ data }: MessageEvent<Call>) => {
    void answer(door, data).then((said) => {
      port.postMessage(said);
    });
  };
}

async function answer(door: Door, { id, method, args }: Call): Promise<Answer> {
  try {
    if (!Object.hasOwn(METHODS, method)) throw new TypeError("no method of the door");
    return {
      kind: "answer",
      id,
      value: await (door as unknown as Callable)[method](...args),
    };
  } catch (error) {
    return faultAnswer(id, error);
  }
}
