/**
 * One carrier of a client's session, from hello to its end (spec/session.md §4), as a
 * machine: the `Link` makes one trip after another and performs the effects.
 */
import type { Bytes } from "../bytes.ts";
import { Malformed, Refused, RemoteError } from "../errors.ts";
import type { ClientSession, Standing } from "../wire/client_session.ts";
import type { Loss } from "./race_values.ts";
import type { Reason } from "./status.ts";

/** Seconds without a sign of the relay, while one is awaited, after which it is in doubt. */
export const DOUBT = 2.5;

/** How a trip ended; what moved on it the link knows. */
export type Ending = Omit<Loss, "moved">;

export type TripEvent =
  | { readonly type: "opened" }
  | { readonly type: "arrived"; readonly message: Uint8Array }
  | { readonly type: "lost" }
  /** There may be something to send, or `wakeAt` has come. */
  | { readonly type: "woken" }
  /** The session is given up, because the relay is at fault. */
  | { readonly type: "abandoned" }
  | { readonly type: "left" };

export type TripEffect =
  | { readonly type: "send"; readonly messages: readonly Bytes[] }
  /** The relay has answered; "opened" means that the session is new. */
  | { readonly type: "welcome"; readonly standing: Standing }
  /** Data has passed both ways. */
  | { readonly type: "connect"; readonly resumed: boolean }
  | { readonly type: "deliver"; readonly messages: readonly Uint8Array[] }
  /** What was sent awaits a sign for `DOUBT` seconds. */
  | { readonly type: "wait"; readonly since: number }
  /** What was said to wait was confirmed, or part of it. */
  | { readonly type: "confirm" }
  /** Enough was confirmed for whoever waits for room to go on. */
  | { readonly type: "ease" }
  | { readonly type: "end"; readonly ending: Ending };

/** The user of one carrier. */
export class Trip {
  /** The session at present; another when the relay has forgotten it. */
  session: ClientSession;
  readonly #renew: () => ClientSession;
  #standing: Standing | null = null;
  #worked = false;
  #waitsSince: number | null = null;
  #isOver = false;

  constructor(session: ClientSession, renew: () => ClientSession) {
    this.session = session;
    this.#renew = renew;
  }

  /** When to say "woken" if nothing happens before, in seconds. */
  wakeAt(): number {
    if (this.#isOver) return Infinity;
    return Math.min(this.session.wakeAt(), this.#doubtAt());
  }

  #doubtAt(): number {
    return this.#worked && this.#waitsSince === null
      ? this.session.awaitsSince + DOUBT
      : Infinity;
  }

  /** Take an event; what must be done now. */
  handle(event: TripEvent, now: number): TripEffect[] {
    if (this.#isOver) return [];
    switch (event.type) {
      case "opened":
        return [{ type: "send", messages: [this.session.hello()] }];
      case "arrived":
        return this.#take(event.message, now);
      case "lost":
        return this.#end(this.#standing ? "cut" : "unanswered");
      case "woken":
        return this.#wake(now);
      case "abandoned":
        return this.#end("broken", { faulty: true });
      case "left":
        return [...this.#flush(now), ...this.#end("closed")];
    }
  }

  #take(message: Uint8Array, now: number): TripEffect[] {
    try {
      return this.#standing
        ? this.#takeRecord(message, now)
        : this.#takeAnswer(message, now);
    } catch (error) {
      if (error instanceof Refused)
        return this.#end("refused", { refusal: error.code });
      if (error instanceof Malformed) {
        // The session broke a rule of its own; resuming it would break it again.
        this.session = this.#renew();
        return this.#end("broken", { faulty: true });
      }
      if (error instanceof RemoteError) return this.#end("forged");
      throw error;
    }
  }

  #takeAnswer(message: Uint8Array, now: number): TripEffect[] {
    const standing = this.session.welcome(message, now);
    if (standing === "forgotten") {
      this.session = this.#renew();
      return [{ type: "send", messages: [this.session.hello()] }];
    }
    this.#standing = standing;
    return [{ type: "welcome", standing }, ...this.#flush(now)];
  }

  #takeRecord(message: Uint8Array, now: number): TripEffect[] {
    const messages = this.session.receive(message, now);
    const effects: TripEffect[] = [];
    if (!this.#worked)
      effects.push({ type: "connect", resumed: this.#standing === "resumed" });
    this.#worked = true;
    if (this.#waitsSince !== null && this.session.awaitsSince > this.#waitsSince) {
      this.#waitsSince = null;
      effects.push({ type: "confirm" });
    }
    if (messages.length > 0) effects.push({ type: "deliver", messages });
    if (this.session.eased()) effects.push({ type: "ease" });
    if (!this.session.ended) return [...effects, ...this.#flush(now)];
    this.session = this.#renew();
    return [...effects, ...this.#end("ended", { faulty: true })];
  }

  #wake(now: number): TripEffect[] {
    const effects: TripEffect[] = [];
    if (now >= this.#doubtAt()) {
      this.#waitsSince = this.session.awaitsSince;
      effects.push({ type: "wait", since: this.#waitsSince });
    }
    return [...effects, ...this.#flush(now)];
  }

  #flush(now: number): TripEffect[] {
    const messages = this.#standing ? this.session.flush(now) : [];
    return messages.length > 0 ? [{ type: "send", messages }] : [];
  }

  #end(
    reason: Reason,
    { refusal = 0, faulty = false }: Partial<Ending> = {},
  ): TripEffect[] {
    this.#isOver = true;
    this.session.detach();
    return [{ type: "end", ending: { reason, refusal, faulty } }];
  }
}
