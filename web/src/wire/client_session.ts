/**
 * The client's side of a session: opens it, resumes it on another carrier
 * (spec/session.md §4).
 *
 * The driver's part for each carrier, in this order: send `hello()`; give the relay's
 * answer to `welcome`; then use `receive`, `send`, `flush` of `Session`, with a `flush` at
 * once, because the relay believes a carrier only when the client has spoken on it; when
 * the carrier dies, `detach()`. After "forgotten" make a new session and send its `hello`
 * on the same carrier; whatever awaited an answer must be asked again.
 */
import { type Bytes, concat } from "../bytes.ts";
import { LocalError, Malformed } from "../errors.ts";
import {
  OPENING_PROLOGUE,
  RESUMPTION_PROLOGUE,
  ResumptionKeys,
  type Welcome,
  pad,
  readPosition,
  readWelcome,
  writeOpening,
  writePosition,
} from "./handshakes.ts";
import { type Entropy, HandshakeState, NKHFS, NNPSK0 } from "./noise.ts";
import { DEFAULT_LIMITS, type Limits, Session } from "./session.ts";
import { IDS_PER_BLOCK, SMALLEST_REPLY } from "./tables.ts";

/** Resumptions sent without an answer, after which the relay knows no later id. */
export const RESUMPTION_ATTEMPTS = IDS_PER_BLOCK;

/** What the relay's answer to a `hello` means. */
export type Standing = "opened" | "resumed" | "forgotten";

/** A session as the client has it; see this file for what the driver must call. */
export class ClientSession extends Session {
  /** What the relay said when it opened the session. */
  welcomed: Welcome | null = null;
  readonly #relayKey: Uint8Array;
  readonly #entropy: Entropy;
  readonly #pass: Uint8Array | null;
  readonly #ownLimits: Limits;
  #handshake: HandshakeState | null = null;
  #resumption: ResumptionKeys | null = null;
  #attempt = 0;
  #unanswered = 0;

  constructor(
    relayKey: Uint8Array,
    entropy: Entropy,
    pass: Uint8Array | null = null,
    limits: Limits = DEFAULT_LIMITS,
  ) {
    super(limits, true);
    this.#relayKey = relayKey;
    this.#entropy = entropy;
    this.#pass = pass;
    this.#ownLimits = limits;
  }

  /** Whether `hello` would resume; if not, and once opened, start anew. */
  get resumable(): boolean {
    return this.#resumption !== null && this.#unanswered < RESUMPTION_ATTEMPTS;
  }

  /**
   * The first carrier message on a new carrier: an opening or a resumption.
   *
   * Throws `LocalError` if the session was opened and can no longer be resumed.
   */
  hello(): Bytes {
    this.detach();
    if (!this.#resumption) return this.#open();
    if (!this.resumable) throw new LocalError("This session is lost; make a new one.");
    return this.#resume(this.#resumption);
  }

  /**
   * Take the relay's answer to the last `hello`.
   *
   * Throws `Refused` if the relay opens no session, `Forged` if another relay answered or
   * the answer was changed on the way, `Malformed` if it is no answer.
   */
  welcome(answer: Uint8Array, now: number): Standing {
    const handshake = this.#handshake;
    this.#handshake = null;
    if (!handshake) throw new LocalError("There was no hello that this could answer.");
    if (!this.#resumption) {
      this.#finishOpening(handshake, answer, now);
      return "opened";
    }
    if (answer.length < SMALLEST_REPLY) return "forgotten";
    const position = readPosition(handshake.read(answer));
    this.#unanswered = 0;
    this.#begin(handshake, position, now);
    return "resumed";
  }

  #open(): Bytes {
    // The padding is drawn before the keys, as it is on the Python side.
    const payload = pad(writeOpening(0, this.#pass), 40, 112, this.#entropy);
    this.#handshake = new HandshakeState({
      pattern: NKHFS,
      initiator: true,
      prologue: OPENING_PROLOGUE,
      entropy: this.#entropy,
      remoteFixed: this.#relayKey,
    });
    return this.#handshake.write(payload);
  }

  #resume(keys: ResumptionKeys): Bytes {
    const id = keys.id(this.#attempt);
    this.#attempt++;
    this.#unanswered++;
    const payload = pad(writePosition(this.received), 32, 128, this.#entropy);
    this.#handshake = new HandshakeState({
      pattern: NNPSK0,
      initiator: true,
      prologue: concat(RESUMPTION_PROLOGUE, id),
      entropy: this.#entropy,
      psk: keys.psk,
    });
    return concat(id, this.#handshake.write(payload));
  }

  #finishOpening(handshake: HandshakeState, answer: Uint8Array, now: number): void {
    if (answer.length < SMALLEST_REPLY)
      throw new Malformed("The relay answered an opening with less than an answer.");
    this.welcomed = readWelcome(handshake.read(answer));
    this.#resumption = new ResumptionKeys(this.welcomed.seed, handshake.hash);
    this.#begin(handshake, 0, now);
  }

  #begin(handshake: HandshakeState, position: number, now: number): void {
    // Pings at one fixed rhythm would give the session away under any cover.
    const slack = 0.75 + (this.#entropy(1)[0] as number) / 1024;
    const { pingAfter } = this.#ownLimits;
    const agreed = Math.min(pingAfter, this.welcomed?.pingAfter ?? pingAfter);
    this.limits = { ...this.#ownLimits, pingAfter: agreed * slack };
    this.attach(...handshake.split(), position, now);
  }
}
