/**
 * A session: numbered messages, each way once and in order, over carriers that die
 * (spec/session.md §4 to §7). It seals and opens records, numbers, acknowledges, keeps
 * and resends messages, changes keys, and says since when it awaits a sign. It knows
 * nothing of handshakes (`client_session` attaches it to carriers), sockets or the clock.
 *
 * - A message is kept until the other side says that it has received it.
 * - A carrier is attached with fresh ciphers and loses them when it is detached; records
 *   of an older carrier cannot be opened any more.
 * - A `Forged` record condemns the carrier; the session survives and can be resumed. A
 *   `Malformed` one was sealed by the other side itself and condemns the session.
 */
import type { Bytes } from "../bytes.ts";
import { Forged, LocalError, Malformed } from "../errors.ts";
import type { CipherState } from "./ciphers.ts";
import { ANSWER, END, build, parse } from "./records.ts";
import {
  LARGEST_MESSAGE,
  LARGEST_RECORD,
  MOST_MESSAGES,
  RECORDS_PER_KEY,
  SMALLEST_RECORD,
} from "./tables.ts";

/** What keeping one message costs beside its bytes. */
const MESSAGE_COST = 64;

/** What a side allows itself; none of it needs to agree with the other side. */
export interface Limits {
  /** A record is closed once it is this large: a cutting road lets something through. */
  readonly recordTarget: number;
  /** Above this much unacknowledged `send` says to wait; above twice that it refuses. */
  readonly heldBytes: number;
  /** Received bytes after which an acknowledgement goes alone. */
  readonly ackAfterBytes: number;
  /** Seconds an acknowledgement waits for something to ride on. */
  readonly ackDelay: number;
  /** Seconds of silence after which this side asks for an answer. */
  readonly pingAfter: number;
}

export const DEFAULT_LIMITS: Limits = {
  recordTarget: 4096,
  heldBytes: 512 * 1024,
  ackAfterBytes: 16 * 1024,
  ackDelay: 0.5,
  pingAfter: 30,
};

/**
 * One side of a session; see the rules of this file. Times are in seconds.
 *
 * The driver feeds every carrier message to `receive`, calls `flush` after it has sent or
 * received anything and when `wakeAt` has come. It sends the
 * returned records in order, each as one carrier message, on the carrier attached last.
 */
export class Session {
  limits: Limits;
  /** Whether the other side has ended the session; forget it. */
  ended = false;
  readonly #pings: boolean;
  #heardAt = 0;
  #out: CipherState | null = null;
  #in: CipherState | null = null;
  /** Sent and not acknowledged. */
  #kept: Uint8Array[] = [];
  /** Not sent yet. */
  #queue: Uint8Array[] = [];
  #held = 0;
  #sent = 0;
  #received = 0;
  #owedBytes = 0;
  #owedSince = 0;
  #answerOwed = false;
  #ending = false;
  #waiting = false;
  #asking = false;
  #askedAt = 0;
  #keptSince = 0;

  constructor(limits: Limits, pings: boolean) {
    this.limits = limits;
    this.#pings = pings;
  }

  /** Whether there is a carrier to send on. */
  get attached(): boolean {
    return this.#out !== null;
  }

  /** How many messages have been received, in order, since the opening. */
  get received(): number {
    return this.#received;
  }

  /** How many messages have been received here or confirmed by the other side. */
  get progress(): number {
    return this.#received + this.#sent - this.#kept.length;
  }

  /** Since when something sent has awaited any sign of the other side; or never. */
  get awaitsSince(): number {
    if (!this.#out) return Infinity;
    if (this.#kept.length > 0) return Math.max(this.#keptSince, this.#heardAt);
    return this.#askedAt > this.#heardAt ? this.#askedAt : Infinity;
  }

  /** How many messages are kept because the other side has not confirmed them. */
  get unacknowledged(): number {
    return this.#kept.length + this.#queue.length;
  }

  /**
   * Take a message to deliver; `flush` puts it into records.
   *
   * Returns whether more may follow at once; after `false` wait until `eased()`. Throws
   * `LocalError` if it is too large, or if the caller did not wait and twice the allowance
   * is full; the message was not taken.
   */
  send(message: Uint8Array): boolean {
    const held = this.#held + message.length + MESSAGE_COST;
    if (message.length > LARGEST_MESSAGE)
      throw new LocalError("A message of a session is too large.");
    if (held > 2 * this.limits.heldBytes)
      throw new LocalError("The session is full; wait until the other side reads.");
    const isRoomy = held < this.limits.heldBytes;
    if (!isRoomy) this.#waiting = true;
    this.#held = held;
    this.#queue.push(message);
    return isRoomy;
  }

  /** Whether a caller told to wait may go on; true once for each wait. */
  eased(): boolean {
    const isEased = this.#waiting && this.#held * 2 < this.limits.heldBytes;
    if (isEased) this.#waiting = false;
    return isEased;
  }

  /** Let the next `flush` tell the other side to forget the session. */
  end(): void {
    this.#ending = true;
  }

  /**
   * Open a record and return the new messages in it, in order.
   *
   * Throws `Forged` if it was changed, replayed or out of place: drop the carrier, then
   * resume. Throws `Malformed` if the other side broke the protocol: forget the session.
   */
  receive(record: Uint8Array, now: number): readonly Uint8Array[] {
    const cipher = this.#in;
    if (!cipher) throw new LocalError("No carrier is attached to this session.");
    if (record.length < SMALLEST_RECORD || record.length > LARGEST_RECORD)
      throw new Forged("A record is shorter or longer than a record can be.");
    const plain = cipher.decrypt(
      record,
      "A record was changed, repeated or left out on the way; nothing in it was believed.",
    );
    if (cipher.counter % RECORDS_PER_KEY === 0) cipher.rekey();
    const { first, received, flags, messages } = parse(plain);
    this.#settle(received);
    if (first !== this.#received)
      throw new Malformed("A record does not continue where the last one ended.");
    this.#heardAt = now;
    if (flags & ANSWER) this.#answerOwed = true;
    if (flags & END) this.ended = true;
    if (messages.length > 0) {
      this.#received += messages.length;
      if (this.#owedBytes === 0) this.#owedSince = now;
      this.#owedBytes += record.length;
    }
    return messages;
  }

  /** The records that must go out now; none while no carrier is attached. */
  flush(now: number): Bytes[] {
    const cipher = this.#out;
    if (!cipher) return [];
    const queue = this.#queue;
    if (queue.length === 0)
      return this.#mustSpeak(now) ? [this.#seal(cipher, [], now)] : [];
    this.#queue = [];
    return this.#portions(queue).map((portion) => this.#seal(cipher, portion, now));
  }

  /** When to `flush` if nothing happens before; never if detached. */
  wakeAt(): number {
    if (!this.#out) return Infinity;
    let wake = Infinity;
    if (this.#pings && this.#askedAt <= this.#heardAt)
      wake = this.#heardAt + this.limits.pingAfter;
    if (this.#owedBytes > 0)
      wake = Math.min(wake, this.#owedSince + this.limits.ackDelay);
    return wake;
  }

  /**
   * Begin to use a carrier whose handshake is complete. What the other side says it has
   * not `received` is sent again; throws `Malformed` if that was never sent.
   */
  attach(out: CipherState, into: CipherState, received: number, now: number): void {
    this.#settle(received);
    this.#sent -= this.#kept.length;
    this.#queue = [...this.#kept, ...this.#queue];
    this.#kept = [];
    this.#out = out;
    this.#in = into;
    this.#heardAt = now;
    this.#owedBytes = 0;
    // The client speaks first on every carrier, and asks for an answer: only then does
    // it know that the road carries data both ways (spec/session.md §4.5).
    this.#answerOwed = this.#asking = this.#pings;
  }

  /** Stop using the carrier; what was not acknowledged is kept. */
  detach(): void {
    this.#in = this.#out = null;
  }

  #seal(cipher: CipherState, messages: readonly Uint8Array[], now: number): Bytes {
    let flags = 0;
    if (this.#ending) flags |= END;
    this.#ending = false;
    if (this.#pings && (this.#asking || this.#isSilent(now))) {
      flags |= ANSWER;
      this.#asking = false;
      this.#askedAt = now;
    }
    const first = this.#sent;
    const plain = build({ first, received: this.#received, flags, messages });
    this.#sent += messages.length;
    if (this.#kept.length === 0) this.#keptSince = now;
    this.#kept.push(...messages);
    this.#owedBytes = 0;
    this.#answerOwed = false;
    const record = cipher.encrypt(plain);
    if (cipher.counter % RECORDS_PER_KEY === 0) cipher.rekey();
    return record;
  }

  #portions(queue: readonly Uint8Array[]): Uint8Array[][] {
    const portions: Uint8Array[][] = [];
    let portion: Uint8Array[] = [];
    let size = 0;
    for (const message of queue) {
      const cost = message.length + 2;
      const isFull =
        size + cost > this.limits.recordTarget || portion.length === MOST_MESSAGES;
      if (portion.length > 0 && isFull) {
        portions.push(portion);
        portion = [];
        size = 0;
      }
      portion.push(message);
      size += cost;
    }
    portions.push(portion);
    return portions;
  }

  #mustSpeak(now: number): boolean {
    if (this.#answerOwed || this.#ending) return true;
    const isOverdue =
      this.#owedBytes >= this.limits.ackAfterBytes ||
      now >= this.#owedSince + this.limits.ackDelay;
    if (this.#owedBytes > 0 && isOverdue) return true;
    return this.#pings && this.#isSilent(now);
  }

  #isSilent(now: number): boolean {
    const isQuiet = now >= this.#heardAt + this.limits.pingAfter;
    return isQuiet && this.#askedAt <= this.#heardAt;
  }

  #settle(received: number): void {
    const settled = received - (this.#sent - this.#kept.length);
    if (settled < 0 || settled > this.#kept.length)
      throw new Malformed("A record acknowledges what was never sent.");
    for (const one of this.#kept.splice(0, settled))
      this.#held -= one.length + MESSAGE_COST;
  }
}
