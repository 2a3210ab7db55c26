/**
 * A client's link to one relay: keeps a session alive over whatever way works.
 *
 * Performs the race of roads (`race.ts`) and attaches the session to the road it chooses:
 * opens or resumes, and sends again what was lost. After an "opened" the relay knows
 * nothing of what was said before: whatever still awaits an answer must be asked again.
 */
import type { Bytes } from "../bytes.ts";
import { LocalError } from "../errors.ts";
import { ClientSession } from "../wire/client_session.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import type { Entropy } from "../wire/noise.ts";
import { DEFAULT_LIMITS, type Limits } from "../wire/session.ts";
import type { Budget } from "./budget.ts";
import { type Carrier, type Dial, NoWay, type Way } from "./carrier.ts";
import { Race } from "./race.ts";
import type { Loss, RaceEffect, RaceEvent } from "./race_values.ts";
import type { Status } from "./status.ts";
import { Trip, type TripEffect, type TripEvent } from "./trip.ts";

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
  /** The ways to try now, best first. */
  readonly ways: () => readonly Way[];
  /** Shared by the links of a client. */
  readonly budget: Budget;
  readonly dial: Dial;
  /** Told everything that happens, in order. */
  readonly tell: (event: LinkEvent) => void;
  readonly entropy?: Entropy;
  readonly limits?: Limits;
}

const randomBytes: Entropy = (length) => crypto.getRandomValues(new Uint8Array(length));
const now = (): number => performance.now() / 1000;
/** One try of a way: a dial, then a carrier, then a trip of the session. */
interface Runner {
  readonly dialling: AbortController;
  carrier: Carrier | null;
  trip: Trip | null;
}

/** The link of one client to one relay. */
export class Link {
  /** What the link is doing now. */
  status: Status = { type: "idle" };
  readonly #parts: LinkParts;
  readonly #entropy: Entropy;
  /** Seconds this machine's clock was ahead of the relay's when the session was opened. */
  clockAhead: number | null = null;
  readonly #race: Race;
  readonly #runners = new Map<number, Runner>();
  readonly #happened: RaceEvent[] = [];
  #session: ClientSession;
  #isOpen = false;
  #isClosing = false;
  #isFlushing = false;
  #isRacing = false;
  /** The runner that has the session, by its name. */
  #used = 0;
  /** The session that it began with, and how far that had come. */
  #before: readonly [ClientSession, number] | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed: () => void = () => undefined;
  #roomy: (() => void)[] = [];

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#entropy = parts.entropy ?? randomBytes;
    this.#session = this.#renew();
    const chance = (): number => (this.#entropy(1)[0] as number) / 256;
    this.#race = new Race(parts.ways, parts.budget, chance);
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
        this.#travel({ type: "woken" });
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
    this.#happen({ type: "hurried" });
  }

  /** Give up the present session; another is opened, after a while. */
  abandon(): void {
    this.#session = this.#renew();
    this.#travel({ type: "abandoned" });
  }

  /** Keep a session alive until `close`; resolves then. */
  async run(): Promise<void> {
    if (this.#isClosing) return;
    const closed = new Promise<void>((resolve) => (this.#closed = resolve));
    this.#happen({ type: "began" });
    await closed;
  }

  /** End the session and stop. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#isOpen = false;
    this.#session.end();
    this.#travel({ type: "left" });
    for (const runner of [...this.#runners.keys()]) this.#abort(runner);
    clearTimeout(this.#timer);
    this.#ease();
    this.#show({ type: "idle" });
    this.#closed();
  }

  #renew(): ClientSession {
    this.#isOpen = false;
    this.#ease();
    const { relay, pass, limits = DEFAULT_LIMITS } = this.#parts;
    return new ClientSession(relay.key, this.#entropy, pass, limits);
  }

  /** Let the race take an event, after those that come of what it wants done. */
  #happen(event: RaceEvent): void {
    this.#happened.push(event);
    if (this.#isRacing) return;
    this.#isRacing = true;
    for (let next; !this.#isClosing && (next = this.#happened.shift());) {
      if (next.type === "lost") this.#leave(next.runner);
      for (const effect of this.#race.handle(next, now())) this.#perform(effect);
    }
    this.#isRacing = false;
    this.#arm();
  }

  #perform(effect: RaceEffect): void {
    switch (effect.type) {
      case "dial":
        void this.#dial(effect.runner, effect.way);
        break;
      case "abort":
        this.#abort(effect.runner);
        break;
      case "use":
        this.#use(effect.runner);
        break;
      case "tell":
        this.#show(effect.status);
    }
  }

  async #dial(name: number, way: Way): Promise<void> {
    const runner: Runner = {
      dialling: new AbortController(),
      carrier: null,
      trip: null,
    };
    this.#runners.set(name, runner);
    const user = {
      arrived: (message: Uint8Array) => {
        // Whoever speaks before it was spoken to is no relay.
        if (!runner.trip) this.#lose(name, { reason: "broken" });
        else this.#travel({ type: "arrived", message }, name);
      },
      lost: () => {
        if (!runner.trip) this.#lose(name, { reason: "unanswered" });
        else this.#travel({ type: "lost" }, name);
      },
    };
    try {
      const carrier = await this.#parts.dial(way, user, runner.dialling.signal);
      if (this.#runners.get(name) !== runner) carrier.close();
      else {
        runner.carrier = carrier;
        this.#happen({ type: "open", runner: name });
      }
    } catch (error) {
      if (!(error instanceof NoWay)) throw error;
      this.#lose(name, error);
    }
  }

  #lose(runner: number, loss: Pick<Loss, "reason"> & Partial<Loss>): void {
    const { reason, moved = false, refusal = 0, faulty = false } = loss;
    if (this.#runners.has(runner))
      this.#happen({ type: "lost", runner, reason, moved, refusal, faulty });
  }

  #abort(runner: number): void {
    this.#runners.get(runner)?.dialling.abort();
    this.#leave(runner);
  }

  #leave(name: number): void {
    this.#runners.get(name)?.carrier?.close();
    this.#runners.delete(name);
    if (this.#used === name) this.#used = 0;
  }

  /** Say hello on a carrier that is open. */
  #use(name: number): void {
    const runner = this.#runners.get(name);
    if (!runner) return;
    if (this.#isOpen && !this.#session.resumable) this.#session = this.#renew();
    this.#used = name;
    this.#before = [this.#session, this.#session.progress];
    const renew = (): ClientSession => (this.#session = this.#renew());
    runner.trip = new Trip(this.#session, renew);
    this.#travel({ type: "opened" });
  }

  /** Whether messages were received or confirmed on the road in use. */
  get #moved(): boolean {
    const [session, progress] = this.#before ?? [];
    return session === this.#session && session.progress !== progress;
  }

  /** Let the trip of the road in use take an event. */
  #travel(event: TripEvent, name = this.#used): void {
    const trip = this.#runners.get(name)?.trip;
    if (!trip || name !== this.#used) return;
    for (const effect of trip.handle(event, now())) this.#go(effect, name);
    this.#arm();
  }

  #go(effect: TripEffect, runner: number): void {
    switch (effect.type) {
      case "send":
        this.#runners.get(runner)?.carrier?.send(effect.messages);
        break;
      case "welcome":
        if (effect.standing === "opened") {
          this.#isOpen = true;
          this.clockAhead = Date.now() / 1000 - (this.relayTime ?? NaN);
          this.#parts.tell({ type: "opened" });
        }
        this.#happen({ type: "answered", runner });
        break;
      case "connect":
        this.#happen({ type: "crossed", runner, resumed: effect.resumed });
        break;
      case "wait":
        this.#happen({
          type: "waits",
          runner,
          since: effect.since,
          moved: this.#moved,
        });
        break;
      case "confirm":
        this.#happen({ type: "confirmed", runner });
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
        this.#lose(runner, { ...effect.ending, moved: this.#moved });
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const trip = this.#runners.get(this.#used)?.trip;
    const wake = Math.min(this.#race.wakeAt(), trip?.wakeAt() ?? Infinity);
    if (wake === Infinity || this.#isClosing) return;
    // Timers fire a little early in some browsers; a millisecond more saves a round.
    const delay = Math.max(0, (wake - now()) * 1000) + 1;
    this.#timer = setTimeout(() => {
      this.#travel({ type: "woken" });
      this.#happen({ type: "woken" });
    }, delay);
  }

  #ease(): void {
    for (const go of this.#roomy.splice(0)) go();
  }

  #show(status: Status): void {
    this.status = status;
    this.#parts.tell({ type: "status", status });
  }
}
