/**
 * Asks relays to wake this browser when something comes while it is away (spec/wire.md §9,
 * spec/web.md §5). Where it is to be woken only the page knows, and says it each time.
 */

import { type Bytes, hex, utf8 } from "../../bytes.ts";
import { type Line, SessionLost } from "../../carriers/line.ts";
import { Refused } from "../../errors.ts";
import { Refusal } from "../../wire/tables.ts";
import type { Stream } from "./stream.ts";

const NEVER: readonly number[] = [Refusal.NO_PUSH, Refusal.UNKNOWN_REQUEST];
/** A watch that is older is asked for again; relays keep it for about a month. */
const RENEWED_AFTER_MS = 7 * 86_400_000;

/** What was asked for under a handle. */
export interface Watch {
  readonly endpoint: string;
  readonly isOn: boolean;
  readonly askedAt: number;
}

export class Watches {
  #endpoint = "";
  #key = "";
  readonly #keys = new WeakMap<Line, string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on be woken at this endpoint, made for the relay of that key; "" nowhere. */
  set(endpoint: string, key: string): void {
    this.#endpoint = endpoint;
    this.#key = key;
  }

  /** Whether there is nothing to ask about a stream, as where nobody is to be woken. */
  isIdle(stream: Stream): boolean {
    return this.#endpoint === "" && !stream.watch?.isOn;
  }

  /** The key under which a relay wakes browsers; "" if it wakes none. */
  async keyOf(line: Line): Promise<string> {
    const known = this.#keys.get(line);
    if (known !== undefined) return known;
    let key = "";
    try {
      key = hex((await line.ask({ type: "Pushes" })).key);
    } catch (error) {
      if (!(error instanceof Refused && NEVER.includes(error.code))) throw error;
    }
    this.#keys.set(line, key);
    return key;
  }

  /**
   * Let the relay know whether to wake this browser for a stream that is open in its
   * current epoch; nothing is asked while nothing has changed. Throws `SessionLost`.
   */
  async look(stream: Stream, isWanted: boolean): Promise<void> {
    const { watch } = stream;
    const isOurs = this.#endpoint !== "" && (await this.#isOf(stream.line));
    const endpoint = isOurs ? this.#endpoint : "";
    const isOn = isOurs && isWanted;
    const isOld = this.#now() - (watch?.askedAt ?? 0) > RENEWED_AFTER_MS;
    const isSame = watch?.endpoint === endpoint && watch.isOn === isOn;
    if (isSame && !(isOn && isOld)) return;
    stream.watch = { endpoint, isOn, askedAt: this.#now() };
    if (watch?.isOn && watch.endpoint !== endpoint)
      await ask(stream, "Unwatch", watch.endpoint);
    // Called off though it was not asked for here: a former session may have.
    if (endpoint !== "") await ask(stream, isOn ? "Watch" : "Unwatch", endpoint);
  }

  async #isOf(line: Line): Promise<boolean> {
    try {
      return (await this.keyOf(line)) === this.#key;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }
}

async function ask(
  stream: Stream,
  type: "Watch" | "Unwatch",
  url: string,
): Promise<void> {
  const { handle } = stream;
  const endpoint: Bytes = utf8(url);
  try {
    await (type === "Watch"
      ? stream.line.ask({ type, handle, seconds: 0, endpoint })
      : stream.line.ask({ type, handle, endpoint }));
  } catch (error) {
    // Messages come all the same; the next session asks again.
    if (error instanceof SessionLost || !(error instanceof Refused)) throw error;
  }
}
