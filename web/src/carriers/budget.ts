/**
 * How often a client may dial (spec/carriers.md §5). One budget serves all its links,
 * because an onlooker counts a machine's connections and not its relays.
 */
import type { Way } from "./carrier.ts";
import { connectionsOf, isLocal, nameOf } from "./ways.ts";

export const MOST_DIALS = 30;
export const DIALS_SECONDS = 60;
export const MOST_DIALS_TO_A_NAME = 3;
export const NAME_SECONDS = 10;
/** On this machine nobody counts; a loop that went wrong is bounded all the same. */
const MOST_LOCAL_DIALS = 600;

/** The dials of the last minute. */
export class Budget {
  readonly #abroad = new Window(MOST_DIALS, DIALS_SECONDS);
  readonly #here = new Window(MOST_LOCAL_DIALS, DIALS_SECONDS);
  #names = new Map<string, Window>();

  /** When a way may be dialled, as far as is known now; not before `now`. */
  freeAt(way: Way, now: number): number {
    const count = connectionsOf(way);
    return Math.max(...this.#windows(way, now).map((one) => one.freeAt(count, now)));
  }

  /** Note that a way is dialled now. */
  spend(way: Way, now: number): void {
    for (const one of this.#windows(way, now)) one.spend(connectionsOf(way), now);
  }

  #windows(way: Way, now: number): Window[] {
    if (isLocal(way)) return [this.#here];
    const name = nameOf(way);
    if (name === "") return [this.#abroad];
    let window = this.#names.get(name);
    if (!window) {
      // Names come from links, which strangers write: keep those that matter.
      this.#names = new Map([...this.#names].filter(([, one]) => !one.isEmpty(now)));
      window = new Window(MOST_DIALS_TO_A_NAME, NAME_SECONDS);
      this.#names.set(name, window);
    }
    return [this.#abroad, window];
  }
}

/** At most so many in any span of so many seconds. */
class Window {
  readonly #most: number;
  readonly #seconds: number;
  #times: number[] = [];

  constructor(most: number, seconds: number) {
    this.#most = most;
    this.#seconds = seconds;
  }

  freeAt(count: number, now: number): number {
    const times = this.#recent(now);
    const excess = times.length + count - this.#most;
    return excess <= 0 ? now : (times[excess - 1] ?? now) + this.#seconds;
  }

  spend(count: number, now: number): void {
    this.#recent(now).push(...Array<number>(count).fill(now));
  }

  isEmpty(now: number): boolean {
    return this.#recent(now).length === 0;
  }

  #recent(now: number): number[] {
    return (this.#times = this.#times.filter((time) => time + this.#seconds > now));
  }
}
