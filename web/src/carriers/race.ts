/**
 * The race of roads to one relay (spec/carriers.md §2 to §5, §12), as a machine: which way
 * is dialled when, which road has the session, when it is left. A `Link` performs it.
 *
 * Rule of this file: only one road at a time has the session, and a road has won when
 * data has passed both ways.
 */
import type { Address } from "../wire/links.ts";
import { OpeningRefusal } from "../wire/tables.ts";
import type { Budget } from "./budget.ts";
import type { Way } from "./carrier.ts";
import {
  DIALLING,
  Field,
  GREETED,
  OPEN,
  type Try,
  WON,
  mayStandBy,
  reach,
} from "./field.ts";
import type { Loss, RaceEffect, RaceEvent, RunnerEvent } from "./race_values.ts";
import type { Reason, Status, Tried } from "./status.ts";
import { connectionsOf, keyOf, nameOf } from "./ways.ts";

/** Seconds between the first dial of a round and the next; then twice as long each time. */
const STAGGER = 0.3;
/** The same where the first way is the one that won last. */
const TRUSTED_STAGGER = 1;
const LONGEST_STAGGER = 2.4;
/** Seconds that a road which greets gets before another is dialled. */
const GREETING = 1.5;
const DIAL = 15;
/** Seconds a hello may go unanswered while others wait; twice that in each round. */
export const ANSWER = 5;
const LONGEST_ANSWER = 20;
/** Seconds before the session leaves a road that is silent; twice that each time in vain. */
const STALL = 5;
const LONGEST_STALL = 40;
/** A road that served so long makes the patience with stalls short again. */
const CALM = 60;
/** Seconds a carrier is kept open with nothing said; a relay closes it after 20. */
const STANDBY = 15;
/** A road that won and lasted so long is no failure when it ends. */
const PROVEN = 10;
/** Seconds that a way which failed comes after those that did not. */
const BELIEVED = 1800;
/** Seconds of rest after a round that failed; twice as long each time. */
export const FIRST_WAIT = 0.5;
export const LONGEST_WAIT = 60;
/** Roads of contacts that are used in a round. */
const MOST_SHARED = 3;

const [IDLE, RACING, SETTLED, RESTING, TURNED_AWAY] = [0, 1, 2, 3, 4];

/** The race for one relay. */
export class Race {
  readonly #ways: () => readonly Way[];
  readonly #field: Field;
  /** From 0 to less than 1: what must not be regular. */
  readonly #chance: () => number;
  readonly #failed = new Map<string, number>();
  #trusted = "";
  #phase = IDLE;
  #left: Way[] = [];
  #tried: Tried[] = [];
  #failures = 0;
  #stalls = 0;
  #stagger = STAGGER;
  #nextDial = 0;
  #lookAt = Infinity;
  #until = Infinity;
  #effects: RaceEffect[] = [];

  constructor(ways: () => readonly Way[], budget: Budget, chance: () => number) {
    this.#ways = ways;
    this.#field = new Field(budget);
    this.#chance = chance;
  }

  /** Take what happened; what is to be done, in this order. */
  handle(event: RaceEvent, now: number): RaceEffect[] {
    if ("runner" in event) {
      const one = this.#field.tries.find(({ runner }) => runner === event.runner);
      if (one) this.#take(event, one, now);
    } else if (event.type === "began") this.#beginRound(now);
    else if (event.type === "hurried") this.#hurry(now);
    while (this.#advance(now));
    return this.#effects.splice(0);
  }

  /** When "woken" must come if nothing happens before, or never. */
  wakeAt(): number {
    return Math.min(
      ...this.#field.tries.map((one) => this.#deadline(one)),
      this.#phase === RESTING ? this.#until : Infinity,
      this.#phase === RACING ? this.#lookAt : Infinity,
    );
  }

  // What happened

  #take(event: RunnerEvent, one: Try, now: number): void {
    const { stage } = one;
    const isServing = one === this.#field.used && stage === WON;
    if (event.type === "lost") this.#lose(one, event, now);
    else if (event.type === "open" && stage === DIALLING) reach(one, OPEN, now);
    else if (event.type === "answered" && stage === GREETED) one.since = now;
    else if (event.type === "crossed" && stage === GREETED) {
      reach(one, WON, now);
      one.resumed = event.resumed;
      this.#trusted = keyOf(one.way);
      this.#failed.delete(this.#trusted);
      this.#settle(one);
    } else if (event.type === "waits" && isServing) this.#doubt(one, event, now);
    else if (event.type === "confirmed" && isServing) {
      one.waitsSince = Infinity;
      if (this.#phase === SETTLED) return;
      this.#stalls++;
      this.#settle(one);
    }
  }

  /** Open another road while there is time, to go over to it at once. */
  #doubt(
    one: Try,
    { since, moved }: { readonly since: number; readonly moved: boolean },
    now: number,
  ): void {
    one.waitsSince = since;
    if (since - one.since >= CALM) this.#stalls = 0;
    one.moved = moved;
    if (this.#phase !== SETTLED || this.#field.tries.length > 1) return;
    const spare = this.#order(now).find(
      (way) => mayStandBy(way, one.way) && this.#field.isFree(way, now),
    );
    if (spare) this.#start(spare, now);
  }

  #lose(one: Try, lost: Loss, now: number): void {
    this.#field.drop(one);
    const { reason, moved, refusal } = lost;
    const tried = { way: one.way, reason };
    const hasWon = one.stage === WON;
    const isProven = moved || (hasWon && now - one.since >= PROVEN);
    if (isProven) this.#failures = 0;
    if (refusal && refusal !== OpeningRefusal.FULL) this.#turnAway(reason, refusal);
    else if (refusal || (hasWon && lost.faulty)) this.#rest(now, tried);
    else if (!hasWon && !moved) this.#noteFailure(one, reason, now);
    else if (hasWon && this.#phase !== SETTLED)
      // It was in doubt, and others are sought already.
      this.#nextDial = now;
    else if (isProven || this.#field.firstOpen) this.#beginRound(now, tried);
    else this.#rest(now, tried);
  }

  #turnAway(reason: Reason, code: number): void {
    this.#clear();
    this.#phase = TURNED_AWAY;
    this.#tell({ type: "turned-away", reason, code });
  }

  #hurry(now: number): void {
    if (this.#phase === RESTING || this.#phase === TURNED_AWAY) this.#beginRound(now);
    else if (this.#phase === RACING) this.#nextDial = now;
  }

  // What time and the others demand, one thing at a time

  #advance(now: number): boolean {
    const late = this.#field.tries.find((one) => now >= this.#deadline(one));
    if (late) this.#expire(late, now);
    else if (this.#phase === RESTING && now >= this.#until) this.#beginRound(now);
    else if (this.#phase !== RACING) return false;
    else return this.#choose(now) || this.#dial(now) || this.#finish(now);
    return true;
  }

  #deadline({ stage, since, waitsSince }: Try): number {
    if (stage === DIALLING) return since + DIAL;
    if (stage === OPEN) return since + STANDBY;
    if (stage === GREETED) return since + this.#answerPatience();
    return this.#phase === SETTLED
      ? waitsSince + Math.min(STALL * 2 ** this.#stalls, LONGEST_STALL)
      : Infinity;
  }

  #answerPatience(): number {
    // Nobody waits for the place of the last of a round.
    return this.#field.tries.length === 1 && this.#left.length === 0
      ? LONGEST_ANSWER
      : Math.min(ANSWER * 2 ** this.#failures, LONGEST_ANSWER);
  }

  #expire(one: Try, now: number): void {
    if (one.stage === WON) this.#suspect(one, now);
    else if (one.stage === OPEN) this.#abort(one);
    else this.#giveUp(one, one.stage === DIALLING ? "slow" : "mute", now);
  }

  #suspect({ way, moved }: Try, now: number): void {
    // The last patience was too short to be of use.
    if (!moved) this.#stalls++;
    this.#beginRound(now, { way, reason: "silent" });
    // A new connection where one stalled may do, but another road is likelier.
    const unlikely = (one: Way): number =>
      2 * Math.max(connectionsOf(one) - connectionsOf(way), 0) +
      Number(one.address.host === way.address.host);
    this.#left.sort((one, other) => unlikely(one) - unlikely(other));
    this.#stagger = STAGGER;
  }

  /** Give the session to the road that opened first, if it is to be had. */
  #choose(now: number): boolean {
    const best = this.#field.firstOpen;
    if (!best || this.#field.used?.stage === GREETED) return false;
    if (this.#field.used) this.#abort(this.#field.used);
    this.#field.used = best;
    reach(best, GREETED, now);
    this.#nextDial = Math.max(this.#nextDial, now + GREETING);
    this.#effects.push({ type: "use", runner: best.runner });
    return true;
  }

  #dial(now: number): boolean {
    this.#lookAt = this.#left.length > 0 ? this.#nextDial : Infinity;
    if (now < this.#lookAt) return false;
    const way = this.#left.find((one) => this.#field.isFree(one, now));
    if (!way) return this.#makeRoom(now) || this.#pace(now);
    this.#left.splice(this.#left.indexOf(way), 1);
    this.#start(way, now);
    const [attempt, tried] = [this.#failures + 1, [...this.#tried]];
    this.#tell({ type: "connecting", way, attempt, tried });
    this.#nextDial = now + this.#stagger * (0.75 + this.#chance() / 2);
    this.#stagger = Math.min(2 * this.#stagger, LONGEST_STAGGER);
    return true;
  }

  /** Let go of what holds a place that another way of its name waits for. */
  #makeRoom(now: number): boolean {
    this.#lookAt = Infinity;
    const names = this.#left.filter((way) => !this.#field.hasRoom(way)).map(nameOf);
    for (const one of this.#field.tries.filter(({ way }) =>
      names.includes(nameOf(way)),
    )) {
      const until = one.since + ANSWER;
      if (one.stage === WON && this.#field.tries.length === 1) this.#abort(one);
      else if (one.stage === DIALLING && now >= until) this.#giveUp(one, "slow", now);
      else {
        if (one.stage === DIALLING) this.#lookAt = Math.min(this.#lookAt, until);
        continue;
      }
      return true;
    }
    return false;
  }

  /** Wait for the budget, and say so when nothing else is under way. */
  #pace(now: number): boolean {
    const times = this.#left
      .filter((way) => this.#field.hasRoom(way))
      .map((way) => this.#field.freeAt(way, now));
    const until = Math.min(...times);
    this.#lookAt = Math.min(this.#lookAt, until);
    if (until < Infinity && until !== this.#until && !this.#field.isRunning) {
      this.#until = until;
      this.#tellWaiting(this.#failures + 1);
    }
    return false;
  }

  #finish(now: number): boolean {
    if (this.#left.length > 0 || this.#field.isRunning) return false;
    this.#rest(now);
    return true;
  }

  // Parts of these

  /** Ways, best first: what worked last, then as they came, what failed of late last. */
  #order(now: number): readonly Way[] {
    const rank = (way: Way): number =>
      2 * Number(now - (this.#failed.get(keyOf(way)) ?? -Infinity) < BELIEVED) +
      Number(keyOf(way) !== this.#trusted);
    const used = new Set<Address>();
    return [...this.#ways()]
      .sort((one, other) => rank(one) - rank(other))
      .filter(({ address }) => {
        if (address.isShared && used.size < MOST_SHARED) used.add(address);
        return !address.isShared || used.has(address);
      });
  }

  #beginRound(now: number, tried?: Tried): void {
    const ways = this.#order(now);
    if (ways.length === 0) {
      this.#turnAway("roadless", 0);
      return;
    }
    this.#phase = RACING;
    this.#tried = tried ? [tried] : [];
    this.#until = Infinity;
    const proven = this.#field.proven;
    const busy = this.#field.tries.filter((one) => one !== proven);
    this.#left = ways.filter(
      (way) => !busy.some((one) => keyOf(one.way) === keyOf(way)),
    );
    const [first] = this.#left;
    const isTrusted = first !== undefined && keyOf(first) === this.#trusted;
    this.#stagger = isTrusted ? TRUSTED_STAGGER : STAGGER;
    this.#nextDial = now;
  }

  /** Be content with a road; keep one of the others that are open, for a while. */
  #settle({ way, resumed, runner }: Try): void {
    this.#phase = SETTLED;
    this.#left = [];
    this.#tried = [];
    const open = this.#field.firstOpen;
    const spare = open && mayStandBy(open.way, way) ? open : undefined;
    for (const one of [...this.#field.tries])
      if (one.runner !== runner && one !== spare) this.#abort(one);
    this.#tell({ type: "connected", way, resumed });
  }

  #rest(now: number, tried?: Tried): void {
    if (tried) this.#tried = [tried];
    this.#clear(this.#field.proven);
    this.#phase = RESTING;
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
    this.#failures++;
    // Not all clients of a relay that went away may come back at one moment.
    this.#until = now + wait * (0.5 + this.#chance());
    this.#tellWaiting(this.#failures);
  }

  #noteFailure({ way, stage }: Try, reason: Reason, now: number): void {
    if (stage !== OPEN) this.#failed.set(keyOf(way), now);
    if (this.#phase !== RACING) return;
    this.#tried.push({ way, reason });
    this.#nextDial = now;
  }

  #giveUp(one: Try, reason: Reason, now: number): void {
    this.#abort(one);
    this.#noteFailure(one, reason, now);
  }

  #start(way: Way, now: number): void {
    this.#effects.push({ type: "dial", runner: this.#field.start(way, now), way });
  }

  #abort(one: Try): void {
    this.#field.drop(one);
    this.#effects.push({ type: "abort", runner: one.runner });
  }

  #clear(but?: Try): void {
    for (const one of this.#field.tries) if (one !== but) this.#abort(one);
    this.#left = [];
  }

  #tell(status: Status): void {
    this.#effects.push({ type: "tell", status });
  }

  #tellWaiting(attempt: number): void {
    const tried = [...this.#tried];
    const reason = tried.at(-1)?.reason ?? "paced";
    this.#tell({ type: "waiting", reason, until: this.#until, attempt, tried });
  }
}
