/**
 * The field of a race: every try that is under way, and the places they hold
 * (spec/carriers.md §2, §5). Part of the machine in `race.ts`.
 */
import type { Budget } from "./budget.ts";
import type { Way } from "./carrier.ts";
import { connectionsOf, isLocal, nameOf } from "./ways.ts";

/** Connections under one name in TLS at once. */
const MOST_AT_A_NAME = 2;

/** How far a try has come. */
export const [DIALLING, OPEN, GREETED, WON] = [0, 1, 2, 3];

/** One try of one way. */
export interface Try {
  readonly runner: number;
  readonly way: Way;
  stage: number;
  /** When it came to its stage. */
  since: number;
  /** Since when something sent on it awaits a sign. */
  waitsSince: number;
  /** Whether messages were received or confirmed on it before that. */
  moved: boolean;
  resumed: boolean;
}

/** The tries under way. */
export class Field {
  tries: readonly Try[] = [];
  /** The one that the session is attached to. */
  used: Try | undefined;
  readonly #budget: Budget;
  #count = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Let a way be tried; the runner's name. */
  start(way: Way, now: number): number {
    const runner = ++this.#count;
    this.#budget.spend(way, now);
    const fresh = { stage: DIALLING, since: now, waitsSince: Infinity };
    const one = { runner, way, ...fresh, moved: false, resumed: false };
    this.tries = [...this.tries, one];
    return runner;
  }

  /** Take a try out. */
  drop(one: Try): void {
    this.tries = this.tries.filter((other) => other !== one);
    if (this.used === one) this.used = undefined;
  }

  /** The one in use, if it has won: it may be in doubt, but it is kept. */
  get proven(): Try | undefined {
    return this.used?.stage === WON ? this.used : undefined;
  }

  /** Whether any try may still win. */
  get isRunning(): boolean {
    return this.tries.some(({ stage }) => stage !== WON);
  }

  /** The one that has been open for longest with nothing said on it. */
  get firstOpen(): Try | undefined {
    const open = this.tries.filter(({ stage }) => stage === OPEN);
    return open.sort((one, other) => one.since - other.since)[0];
  }

  /** Whether a way's name has a place left. */
  hasRoom(way: Way): boolean {
    const name = nameOf(way);
    if (name === "" || isLocal(way)) return true;
    const held = this.tries
      .filter((one) => nameOf(one.way) === name)
      .reduce((sum, one) => sum + connectionsOf(one.way), connectionsOf(way));
    return held <= MOST_AT_A_NAME;
  }

  /** When the budget allows a way; it needs a place besides. */
  freeAt(way: Way, now: number): number {
    return this.#budget.freeAt(way, now);
  }

  /** Whether a way may be tried now. */
  isFree(way: Way, now: number): boolean {
    return this.hasRoom(way) && this.freeAt(way, now) <= now;
  }
}

/** Let a try come to a stage. */
export function reach(one: Try, stage: number, now: number): void {
  one.stage = stage;
  one.since = now;
}

/** Whether a way is worth keeping open beside another. */
export const mayStandBy = (way: Way, used: Way): boolean =>
  way.address.host !== used.address.host && !isLocal(way) && !isLocal(used);
