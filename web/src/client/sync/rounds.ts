/** The shape of a task that looks at what there is to do whenever it is woken. */

import type { Said } from "../../sentences/index.ts";
import type { Hub, Worker } from "./hub.ts";
import { mishap } from "./mishaps.ts";
import { Bell, check } from "./waiting.ts";

/** A task that goes its round when it is woken, and again while something waits. */
export abstract class Rounds implements Worker {
  trouble: Said | null = null;
  isSettled = false;
  protected readonly hub: Hub;
  /** Milliseconds until the next round after one that failed. */
  protected abstract readonly patience: number;
  readonly #bell = new Bell();

  constructor(hub: Hub) {
    this.hub = hub;
  }

  wake(): void {
    this.isSettled = false;
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      check(signal);
      this.#bell.still();
      this.trouble = null;
      const wait = await this.#go(signal);
      if (wait === null && !this.#bell.isRung) {
        this.isSettled = true;
        this.hub.changed();
      }
      await this.#bell.wait(signal, wait);
    }
  }

  /** Do what can be done now; in how many milliseconds again, or null: when it is woken. */
  protected abstract round(signal: AbortSignal): Promise<number | null>;

  async #go(signal: AbortSignal): Promise<number | null> {
    try {
      return await this.round(signal);
    } catch (error) {
      check(signal);
      this.trouble = mishap(error); // one bug must not stop the conversations
      return this.patience;
    }
  }
}
