/** The door as a page opens it: in this tab's worker, or through the tab that leads. */

import { here } from "../../sentences/pages.ts";
import { type Door, DoorError } from "../door.ts";
import { Tab } from "./tab.ts";

const NAME = "linnet";

/** Open the door; works in every tab of a browser at once. */
export function openDoor(): Promise<Door> {
  const { door } = new Tab({
    name: crypto.getRandomValues(new Uint32Array(4)).join("-"),
    channel: new BroadcastChannel(NAME),
    lead,
    startWorker: () =>
      new Worker(new URL("../worker.ts", import.meta.url), {
        type: "module",
        name: NAME,
      }),
  });
  return Promise.resolve({ ...door, ...keptBy(door) });
}

/** Whoever has an account wants it kept, also when the disk gets full. */
function keptBy(door: Door): Pick<Door, "create" | "restore" | "joinAccount"> {
  const keep = async <T>(made: Promise<T>): Promise<T> => {
    const value = await made;
    // Where the browser says no it goes on as before.
    void navigator.storage.persist().catch(() => false);
    return value;
  };
  return {
    create: (...given) => keep(door.create(...given)),
    restore: (...given) => keep(door.restore(...given)),
    joinAccount: (...given) => keep(door.joinAccount(...given)),
  };
}

/** Resolves when no other tab of this browser leads. */
function lead(): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return Promise.reject(new DoorError("storage", here("no locks")));
  return new Promise((resolve, reject) => {
    locks
      .request(NAME, () => {
        resolve();
        // Held for as long as this tab lives.
        return new Promise<void>(() => undefined);
      })
      .catch(reject);
  });
}
