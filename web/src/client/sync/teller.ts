/** Tells whoever listens what happened, once it is on disk. */

import type { Event } from "../events.ts";

export type Listener = (event: Event) => void;

/** Passes each event to every listener, in order. */
export class Teller {
  readonly #listeners = new Set<Listener>();

  /** Begin to listen; the answer ends it. */
  listen(listener: Listener): () => void {
    const own: Listener = (event) => {
      listener(event);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Tell everyone; one who fails does not keep the others from hearing. */
  tell(event: Event): void {
    for (const listener of [...this.#listeners])
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
  }
}
