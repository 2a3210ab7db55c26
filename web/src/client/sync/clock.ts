/** Lets messages disappear at their time and old envelopes go. */

import type { Said } from "../../sentences/index.ts";
import type { Hub, Worker } from "./hub.ts";
import { mishap } from "./mishaps.ts";
import { tellGone } from "./telling.ts";
import { Bell, check } from "./waiting.ts";

const LONGEST_SLEEP_MS = 3_600_000;
const PATIENCE_MS = 60_000;

/** The task that waits for the next deadline. */
export class Clock implements Worker {
  trouble: Said | null = null;
  readonly isSettled = true;
  readonly #hub: Hub;
  readonly #bell = new Bell();
  #prunedAt = -Infinity;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  wake(): void {
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      check(signal);
      this.#bell.still();
      await this.#bell.wait(signal, await this.#turn());
    }
  }

  /** Do what is due; return in how many milliseconds to look again. */
  async #turn(): Promise<number> {
    const { store } = this.#hub;
    try {
      await this.purge();
      await this.#prune();
      this.trouble = null;
      const due = await store.db.read((tx) => store.messages.nextExpiry(tx));
      if (due === null) return LONGEST_SLEEP_MS;
      return Math.min(Math.max(0, due - this.#hub.now()), LONGEST_SLEEP_MS);
    } catch (error) {
      this.trouble = mishap(error);
      return PATIENCE_MS;
    }
  }

  /** Delete what has expired. */
  async purge(): Promise<void> {
    const { store } = this.#hub;
    const now = this.#hub.now();
    const due = await store.db.read((tx) => store.messages.nextExpiry(tx));
    if (due === null || due > now) return;
    await store.db.write(async (tx) => {
      for (const row of await store.messages.purgeExpired(tx, now))
        tellGone(
          tx,
          (event) => {
            this.#hub.tell(event);
          },
          row.conversation,
          row.id,
        );
    });
  }

  /** Forget envelopes that are held for too long; once an hour. */
  async #prune(): Promise<void> {
    const { store } = this.#hub;
    const now = this.#hub.now();
    if (now - this.#prunedAt < LONGEST_SLEEP_MS) return;
    this.#prunedAt = now;
    const rows = await store.db.read((tx) => store.conversations.all(tx));
    for (const row of rows)
      await store.db.write((tx) => store.log.prune(tx, row.id, now));
  }
}
