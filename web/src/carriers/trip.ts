/**
 * One carrier of a client's session, from hello to its end (spec/session.md §4), as a
 * machine: the `Link` makes one trip after another and performs the effects.
 */
import type { Bytes } from "../bytes.ts";
import { Malformed, Refused, RemoteError } from "../errors.ts";
import type { ClientSession, Standing } from "../wire/client_session.ts";
import type { Reason } from "./status.ts";

/** Seconds a relay may take to answer a hello, and the first record. */
export const WELCOME_SECONDS = 20;

/** Seconds without a sign of the relay, while one is awaited, after which it is over. */
export const PATIENCE = 5;

/** How a trip ended. */
export interface Ending {
  readonly reason: Reason;
  /** Whether data had passed both ways. */
  readonly worked: boolean;
  /** The relay's code when it opens no session, else 0. */
  readonly refusal: number;
  /** Whether the relay was at fault: trying again at once would bring the same again. */
  readonly faulty: boolean;
}

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
  /** Enough was confirmed for whoever waits for room to go on. */
  | { readonly type: "ease" }
  | { readonly type: "end"; readonly ending: Ending };

/** The user of one carrier. */
export class Trip {
  /** The session at present; another when the relay has forgotten it. */
  session: ClientSession;
  readonly #renew: () => ClientSession;
  readonly #deadline: number;
  readonly #patience: number;
  #standing: Standing | null = null;
  #worked = false;
  #isOver = false;

  constructor(
    session: ClientSession,
    renew: () => ClientSession,
    now: number,
    patience = PATIENCE,
  ) {
    this.session = session;
    this.#renew = renew;
    this.#patience = patience;
    this.#deadline = now + WELCOME_SECONDS;
  }

  /** When to say "woken" if nothing happens before, in seconds. */
  wakeAt(): number {
    if (this.#isOver) return Infinity;
    return Math.min(
      this.session.wakeAt(),
      this.#worked ? this.session.awaitsSince + this.#patience : this.#deadline,
    );
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
    if (messages.length > 0) effects.push({ type: "deliver", messages });
    if (this.session.eased()) effects.push({ type: "ease" });
    if (!this.session.ended) return [...effects, ...this.#flush(now)];
    this.session = this.#renew();
    return [...effects, ...this.#end("ended", { faulty: true })];
  }

  #wake(now: number): TripEffect[] {
    if (!this.#worked && now >= this.#deadline) return this.#end("slow");
    if (this.#worked && now >= this.session.awaitsSince + this.#patience)
      return this.#end("silent");
    return this.#flush(now);
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
    return [{ type: "end", ending: { reason, worked: this.#worked, refusal, faulty } }];
  }
}
