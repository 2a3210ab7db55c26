/**
 * A client's link to one relay: keeps a session alive over whatever way works.
 *
 * Tries the ways one after another, opens or resumes, sends again what was lost, and
 * waits longer after each round that failed. After an "opened" the relay knows nothing of
 * what was said before: whatever still awaits an answer must be asked again.
 */
import type { Bytes } from "../bytes.ts";
import { LocalError } from "../errors.ts";
import { ClientSession } from "../wire/client_session.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import type { Entropy } from "../wire/noise.ts";
import { DEFAULT_LIMITS, type Limits } from "../wire/session.ts";
import { OpeningRefusal } from "../wire/tables.ts";
import { type Carrier, type Dial, NoWay, type Way } from "./carrier.ts";
import type { Reason, Status, Tried } from "./status.ts";
import {
  type Ending,
  PATIENCE,
  Trip,
  type TripEffect,
  type TripEvent,
} from "./trip.ts";

export const FIRST_WAIT = 0.5;
export const LONGEST_WAIT = 60;
/** Seconds a first dial may take; each round that failed adds as many, up to thrice. */
export const DIAL_SECONDS = 5;
export const MOST_PATIENCE = 40;
/** Seconds that a road has to serve for the next to be left as soon as the first was. */
const SERVED = 20;

export type LinkEvent =
  /** A new session is open; everything unanswered must be asked again. */
  | { readonly type: "opened" }
  /** A message from the relay. */
  | { readonly type: "received"; readonly message: Uint8Array }
  /** The link does something else now. */
  | { readonly type: "status"; readonly status: Status };

/** What a link is made of. */
export interface LinkParts {
  readonly relay: RelayDescriptor;
  /** The pass to show when a session is opened. */
  readonly pass: Bytes | null;
  /** The ways to try, best first. */
  readonly ways: readonly Way[];
  readonly dial: Dial;
  /** Told everything that happens, in order. */
  readonly tell: (event: LinkEvent) => void;
  readonly entropy?: Entropy;
  readonly limits?: Limits;
}

const randomBytes: Entropy = (length) => crypto.getRandomValues(new Uint8Array(length));
const now = (): number => performance.now() / 1000;
const ending = (reason: Reason): Ending => ({
  reason,
  worked: false,
  refusal: 0,
  faulty: false,
});

/** The link of one client to one relay. */
export class Link {
  /** What the link is doing now. */
  status: Status = { type: "idle" };
  readonly #parts: LinkParts;
  readonly #entropy: Entropy;
  /** Seconds this machine's clock was ahead of the relay's when the session was opened. */
  clockAhead: number | null = null;
  #ways: readonly Way[];
  #session: ClientSession;
  #isOpen = false;
  #isClosing = false;
  #isFlushing = false;
  #trip: Trip | null = null;
  #carrier: Carrier | null = null;
  #way: Way | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended: (ending: Ending) => void = () => undefined;
  #hurried: () => void = () => undefined;
  #dialling = new AbortController();
  #roomy: (() => void)[] = [];
  #patience = PATIENCE;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#entropy = parts.entropy ?? randomBytes;
    this.#ways = parts.ways;
    this.#session = this.#renew();
  }

  /** Whether there is a session, with or without a carrier at present. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The relay's clock when the session was opened, in seconds since 1970, or `null`. */
  get relayTime(): number | null {
    return this.#session.welcomed?.unixTime ?? null;
  }

  /**
   * Send a message in the present session; it survives the loss of carriers.
   *
   * Returns whether more may follow at once; if not, wait for `room`. Throws `LocalError`
   * if no session is open, the message is too large, or the caller did not wait.
   */
  send(message: Uint8Array): boolean {
    if (!this.#isOpen) throw new LocalError("No session is open yet; wait for it.");
    const isRoomy = this.#session.send(message);
    if (!this.#isFlushing) {
      // What is said in one turn of the page shares a record.
      this.#isFlushing = true;
      queueMicrotask(() => {
        this.#isFlushing = false;
        this.#handle({ type: "woken" });
      });
    }
    return isRoomy;
  }

  /** Wait until `send` may be called again after it returned `false`. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#roomy.push(resolve));
  }

  /** Try again at once: the network has changed, or the person asks for it. */
  hurry(): void {
    this.#hurried();
  }

  /** Give up the present session; another is opened, after a while. */
  abandon(): void {
    this.#session = this.#renew();
    this.#handle({ type: "abandoned" });
  }

  /** Keep a session alive until `close`; resolves then. */
  async run(): Promise<void> {
    let wait = 0;
    let attempt = 0;
    while (!this.#isClosing) {
      attempt++;
      const session = this.#session;
      const before = session.progress;
      const [end, tried] = await this.#tryWays(attempt);
      // A road that is cut before it answers may still have let something through; then
      // there is no reason to wait.
      const hasMoved = this.#session === session && session.progress !== before;
      if ((end.worked || hasMoved) && !end.faulty) {
        wait = attempt = 0;
      } else {
        wait = Math.min(Math.max(2 * wait, FIRST_WAIT), LONGEST_WAIT);
        await this.#rest(end, wait, attempt, tried);
      }
    }
    this.#show({ type: "idle" });
  }

  /** End the session and stop. */
  close(): void {
    this.#isClosing = true;
    this.#isOpen = false;
    this.#session.end();
    this.#dialling.abort();
    this.#handle({ type: "left" });
    this.#hurried();
    this.#ease();
  }

  #renew(): ClientSession {
    this.#isOpen = false;
    this.#ease();
    const { relay, pass, limits = DEFAULT_LIMITS } = this.#parts;
    return new ClientSession(relay.key, this.#entropy, pass, limits);
  }

  /** Try each way once, until one has worked and ended; how the last ended. */
  async #tryWays(attempt: number): Promise<[Ending, readonly Tried[]]> {
    const tried: Tried[] = [];
    let end = ending("roadless");
    for (const way of this.#ways) {
      if (this.#isOpen && !this.#session.resumable) this.#session = this.#renew();
      this.#show({ type: "connecting", way, attempt, tried: [...tried] });
      const session = this.#session;
      const before = session.progress;
      const began = now();
      end = await this.#travel(way, attempt);
      // A road that is cut before it answers may still have let something through; then
      // it is as good as any.
      const hasMoved = this.#session === session && session.progress !== before;
      const others = this.#ways.filter((one) => one !== way);
      if (end.reason === "silent") {
        // Something on the way may be condemning this road: the others come first now.
        this.#ways = [...others, way];
        const isServing = now() - began >= SERVED + this.#patience;
        this.#patience = isServing
          ? PATIENCE
          : Math.min(2 * this.#patience, MOST_PATIENCE);
      } else if (end.worked) this.#ways = [way, ...others];
      else tried.push({ way, reason: end.reason });
      if (end.worked || hasMoved || end.refusal || this.#isClosing) break;
    }
    return [end, tried];
  }

  async #travel(way: Way, attempt: number): Promise<Ending> {
    this.#dialling = new AbortController();
    const slow = setTimeout(
      () => {
        this.#dialling.abort();
      },
      DIAL_SECONDS * Math.min(attempt, 3) * 1000,
    );
    const user = {
      arrived: (message: Uint8Array) => {
        this.#handle({ type: "arrived", message });
      },
      lost: () => {
        this.#handle({ type: "lost" });
      },
    };
    try {
      this.#carrier = await this.#parts.dial(way, user, this.#dialling.signal);
    } catch (error) {
      if (error instanceof NoWay) return ending(error.reason);
      throw error;
    } finally {
      clearTimeout(slow);
    }
    return this.#stay(way);
  }

  /** Say hello and stay until the carrier is gone; how it ended. */
  async #stay(way: Way): Promise<Ending> {
    const renew = (): ClientSession => (this.#session = this.#renew());
    try {
      return await new Promise((resolve) => {
        this.#ended = resolve;
        this.#trip = new Trip(this.#session, renew, now(), this.#patience);
        this.#way = way;
        this.#handle({ type: this.#isClosing ? "left" : "opened" });
      });
    } finally {
      clearTimeout(this.#timer);
      this.#carrier?.close();
      this.#carrier = this.#trip = null;
    }
  }

  #handle(event: TripEvent): void {
    const trip = this.#trip;
    if (!trip) return;
    for (const effect of trip.handle(event, now())) this.#perform(effect);
    clearTimeout(this.#timer);
    const wake = trip.wakeAt();
    if (wake === Infinity) return;
    // Timers fire a little early in some browsers; a millisecond more saves a round.
    const delay = Math.max(0, (wake - now()) * 1000) + 1;
    this.#timer = setTimeout(() => {
      this.#handle({ type: "woken" });
    }, delay);
  }

  #perform(effect: TripEffect): void {
    switch (effect.type) {
      case "send":
        this.#carrier?.send(effect.messages);
        break;
      case "welcome":
        if (effect.standing === "opened") {
          this.#isOpen = true;
          this.clockAhead = Date.now() / 1000 - (this.relayTime ?? NaN);
          this.#parts.tell({ type: "opened" });
        }
        break;
      case "connect":
        if (this.#way)
          this.#show({ type: "connected", way: this.#way, resumed: effect.resumed });
        break;
      case "deliver":
        for (const message of effect.messages)
          // Whoever hears one may give the session up.
          if (this.#isOpen) this.#parts.tell({ type: "received", message });
        break;
      case "ease":
        this.#ease();
        break;
      case "end":
        this.#ended(effect.ending);
    }
  }

  /** Rest before the next round; for ever when only the person can help. */
  #rest(
    end: Ending,
    wait: number,
    attempt: number,
    tried: readonly Tried[],
  ): Promise<void> | undefined {
    if (this.#isClosing) return undefined;
    const { reason, refusal } = end;
    // Not all clients of a relay that went away may come back at one moment.
    const seconds = wait * (0.5 + (this.#entropy(1)[0] as number) / 256);
    const isFinal =
      reason === "roadless" || (refusal && refusal !== OpeningRefusal.FULL);
    const rested = new Promise<void>((resolve) => {
      const timer = isFinal ? undefined : setTimeout(resolve, seconds * 1000);
      this.#hurried = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#show(
      isFinal
        ? { type: "turned-away", reason, code: refusal }
        : { type: "waiting", reason, until: now() + seconds, attempt, tried },
    );
    return rested;
  }

  #ease(): void {
    for (const go of this.#roomy.splice(0)) go();
  }

  #show(status: Status): void {
    this.status = status;
    this.#parts.tell({ type: "status", status });
  }
}
