/**
 * Tries every way to a relay that this page has, one after another, and tells what came of
 * each (spec/carriers.md §10, spec/web.md §6). Each try has a session of its own without a
 * pass, which the relay forgets: who asks is nobody it knows.
 */

import { type Carrier, type Dial, NoWay, type Way } from "../carriers/carrier.ts";
import type { Budget } from "../carriers/budget.ts";
import { roadOf } from "../carriers/status.ts";
import { Trip, type TripEffect, type TripEvent } from "../carriers/trip.ts";
import { ClientSession } from "../wire/client_session.ts";
import { encode } from "../wire/codec.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import type { Entropy } from "../wire/noise.ts";
import { relayName } from "./store/overview.ts";
import type { Hub } from "./sync/hub.ts";
import type { Attempt, Came } from "./values.ts";

/** Questions one after another: more packets than a frozen connection may have. */
export const ROUNDS = 40;
/** In each round; their answers are 32 KB in all. */
const QUESTIONS = 12;
/** Seconds after which a road that says nothing has fallen silent. */
const SILENCE = 10;
/** Seconds for all rounds of one way; a road that takes longer is slow. */
const MOST_SECONDS = 60;
const DIAL_SECONDS = 15;
const TICK_MS = 100;
const QUESTION = encode(1, { type: "About" });

/** With what ways are tried. */
export interface Means {
  readonly dial: Dial;
  readonly budget: Budget;
  readonly entropy: Entropy;
}

/** Try the ways of this account's relays; each attempt is told as soon as it is known. */
export async function examine(hub: Hub): Promise<readonly Attempt[]> {
  const { account } = hub.store;
  const { carriers, entropy } = hub.around;
  const found: Attempt[] = [];
  for (const { descriptor, isMine } of account.known) {
    if (!isMine && !hub.lineOf(descriptor.key)) continue;
    for (const way of carriers.ways(descriptor, hub.roadsTo(descriptor.key))) {
      if (hub.signal.aborted) return found;
      const attempt = await sound(descriptor, way, { ...carriers, entropy });
      found.push(attempt);
      hub.tell({ type: "attempted", attempt });
    }
  }
  return found;
}

/** Try one way: open it, use it, leave it. */
export async function sound(
  relay: RelayDescriptor,
  way: Way,
  means: Means,
): Promise<Attempt> {
  await turn(way, means.budget);
  const began = now();
  const sounding = new Sounding(relay, means.entropy);
  const came = await sounding.run(way, means.dial);
  return {
    relay: relayName(relay.key),
    road: roadOf(way),
    isLasting: way.by === "websocket",
    host: way.address.host,
    port: way.address.port,
    came,
    octets: sounding.octets,
    seconds: now() - began,
  };
}

/** Wait until a client that is on the network may dial once more. */
async function turn(way: Way, budget: Budget): Promise<void> {
  for (let free; (free = budget.freeAt(way, now())) > now();)
    await rest((free - now()) * 1000);
  budget.spend(way, now());
}

class Sounding {
  /** Bytes of messages that crossed, both directions together. */
  octets = 0;
  readonly #trip: Trip;
  #carrier: Carrier | null = null;
  #finish: (came: Came) => void = () => undefined;
  #rounds = ROUNDS;
  #awaited = 0;
  #heardAt = 0;
  #isWelcome = false;

  constructor(relay: RelayDescriptor, entropy: Entropy) {
    const fresh = (): ClientSession => new ClientSession(relay.key, entropy);
    this.#trip = new Trip(fresh(), fresh);
  }

  async run(way: Way, dial: Dial): Promise<Came> {
    const over = new Promise<Came>((resolve) => (this.#finish = resolve));
    const user = {
      arrived: (message: Uint8Array) => {
        this.#heardAt = now();
        this.#handle({ type: "arrived", message });
      },
      lost: () => {
        this.#handle({ type: "lost" });
      },
    };
    try {
      const late = AbortSignal.timeout(DIAL_SECONDS * 1000);
      this.#carrier = await dial(way, user, late);
    } catch (error) {
      if (!(error instanceof NoWay)) throw error;
      return error.reason === "stranger" ? "no door" : "nobody";
    }
    this.#heardAt = now();
    const last = now() + MOST_SECONDS;
    this.#handle({ type: "opened" });
    const timer = setInterval(() => {
      this.#watch(last);
    }, TICK_MS);
    const came = await over;
    clearInterval(timer);
    this.#trip.session.end();
    this.#handle({ type: "left" });
    this.#carrier.close();
    return came;
  }

  #watch(last: number): void {
    this.#handle({ type: "woken" });
    if (now() >= this.#heardAt + SILENCE)
      this.#finish(this.#isWelcome ? "frozen" : "unanswered");
    else if (now() >= last) this.#finish(this.octets > 0 ? "slow" : "unanswered");
  }

  #handle(event: TripEvent): void {
    for (const effect of this.#trip.handle(event, now())) this.#perform(effect);
  }

  #perform(effect: TripEffect): void {
    if (effect.type === "send") this.#carrier?.send(effect.messages);
    else if (effect.type === "welcome") {
      this.#isWelcome = true;
      this.#ask();
    } else if (effect.type === "deliver") {
      for (const { length } of effect.messages) this.octets += length + QUESTION.length;
      this.#awaited -= effect.messages.length;
      if (this.#awaited <= 0) this.#ask();
    } else if (effect.type === "end") {
      const lost = this.#isWelcome ? "cut" : "unanswered";
      this.#finish(effect.ending.refusal ? "turned away" : lost);
    }
  }

  #ask(): void {
    if (this.#rounds-- === 0) {
      this.#finish("works");
      return;
    }
    this.#awaited = QUESTIONS;
    for (let count = 0; count < QUESTIONS; count++) this.#trip.session.send(QUESTION);
    queueMicrotask(() => {
      this.#handle({ type: "woken" });
    });
  }
}

const now = (): number => performance.now() / 1000;
const rest = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
