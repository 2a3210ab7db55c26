/**
 * A relay's half of the session, for tests: opens sessions, resumes them, forgets the
 * rest (spec/session.md §4). A page never is a relay.
 */
import { type Bytes, concat, equal, hex } from "../../src/bytes.ts";
import { Malformed, Replayed } from "../../src/errors.ts";
import type { CipherState } from "../../src/wire/ciphers.ts";
import { Fields } from "../../src/wire/fields.ts";
import {
  OPENING_PROLOGUE,
  RESUMPTION_PROLOGUE,
  ResumptionKeys,
  pad,
  readPosition,
  writePosition,
} from "../../src/wire/handshakes.ts";
import {
  type Encapsulate,
  type Entropy,
  HandshakeState,
  NKHFS,
  NNPSK0,
} from "../../src/wire/noise.ts";
import { DEFAULT_LIMITS, Session } from "../../src/wire/session.ts";
import {
  IDS_PER_BLOCK,
  OpeningRefusal,
  RESUMPTION_ID_BYTES,
  VERSION,
} from "../../src/wire/tables.ts";

const SMALLEST_OPENING = 1248;
const SMALLEST_RESUMPTION = 73;

/** A client asks for a new session. */
export interface Opening {
  readonly kind: "opening";
  readonly handshake: HandshakeState;
  readonly pass: Bytes;
  readonly refusal: number;
}

/** A carrier whose handshake is answered and that the client must confirm. */
export interface Pending {
  readonly kind: "pending";
  readonly answer: Bytes;
  readonly session: RelaySession;
  readonly out: CipherState;
  readonly into: CipherState;
  readonly position: number;
}

/** The client names a session this relay does not have. */
export interface Forgotten {
  readonly kind: "forgotten";
  readonly answer: Uint8Array;
}

/** A session as the relay has it. */
export class RelaySession extends Session {
  readonly keys: ResumptionKeys;
  ids: Bytes[] = [];
  drawn = 0;
  pending: Pending | null = null;

  constructor(keys: ResumptionKeys) {
    super(DEFAULT_LIMITS, false);
    this.keys = keys;
    this.refill();
  }

  /** Know at least eight ids, in whole blocks. */
  refill(): void {
    while (this.ids.length < IDS_PER_BLOCK)
      for (let one = 0; one < IDS_PER_BLOCK; one++)
        this.ids.push(this.keys.id(this.drawn++));
  }
}

/** All sessions of a relay. */
export class Reception {
  readonly #key: Uint8Array;
  readonly #entropy: Entropy;
  readonly #encapsulate: Encapsulate | undefined;
  readonly #seen = new Set<string>();
  readonly sessions = new Set<RelaySession>();

  constructor(key: Uint8Array, entropy: Entropy, encapsulate?: Encapsulate) {
    this.#key = key;
    this.#entropy = entropy;
    this.#encapsulate = encapsulate;
  }

  /** Take the first message of a carrier. */
  greet(message: Uint8Array): Opening | Pending | Forgotten {
    if (message.length >= SMALLEST_OPENING) return this.#greetOpening(message);
    if (message.length >= SMALLEST_RESUMPTION) return this.#greetResumption(message);
    throw new Malformed("The first message on a carrier is too short to be one.");
  }

  /** Open the session; it is kept from its `confirm` on. */
  accept(opening: Opening, unixTime: number): Pending {
    const seed = this.#entropy(32);
    const welcome = new DataView(new ArrayBuffer(14));
    welcome.setUint16(0, 30);
    welcome.setUint32(2, 600);
    welcome.setBigUint64(6, BigInt(unixTime));
    const payload = concat(
      new Uint8Array([0, VERSION, 0, 0]),
      seed,
      new Uint8Array(welcome.buffer),
    );
    const answer = opening.handshake.write(pad(payload, 56, 188, this.#entropy));
    const session = new RelaySession(new ResumptionKeys(seed, opening.handshake.hash));
    return this.#await(session, answer, opening.handshake, 0);
  }

  /** The answer that opens no session. */
  refuse(opening: Opening, code: number): Bytes {
    const payload = new Uint8Array([code, VERSION, 0, 0]);
    return opening.handshake.write(pad(payload, 56, 188, this.#entropy));
  }

  /** Take the first record on a carrier: its messages; the session is attached. */
  confirm(pending: Pending, record: Uint8Array, now: number): readonly Uint8Array[] {
    const { session } = pending;
    if (session.pending !== pending)
      throw new Replayed("A later carrier of this session has taken its place.");
    session.pending = null;
    session.attach(pending.out, pending.into, pending.position, now);
    const messages = session.receive(record, now);
    this.sessions.add(session);
    return messages;
  }

  #greetOpening(message: Uint8Array): Opening {
    const ephemeral = hex(message.subarray(0, 32));
    if (this.#seen.has(ephemeral)) throw new Replayed("This opening was seen before.");
    const handshake = new HandshakeState({
      pattern: NKHFS,
      initiator: false,
      prologue: OPENING_PROLOGUE,
      entropy: this.#entropy,
      fixed: this.#key,
      ...(this.#encapsulate && { encapsulate: this.#encapsulate }),
    });
    const fields = new Fields(handshake.read(message));
    const version = fields.number(1);
    this.#seen.add(ephemeral);
    if (version !== VERSION)
      return {
        kind: "opening",
        handshake,
        pass: new Uint8Array(),
        refusal: OpeningRefusal.VERSION,
      };
    fields.number(2);
    const pass = fields.sized(1);
    if (![0, 32].includes(pass.length) || fields.rest().some((byte) => byte !== 0))
      throw new Malformed("An opening holds a pass of a wrong length, or noise.");
    return { kind: "opening", handshake, pass, refusal: 0 };
  }

  #greetResumption(message: Uint8Array): Pending | Forgotten {
    const id = message.slice(0, RESUMPTION_ID_BYTES);
    const session = [...this.sessions].find((one) =>
      one.ids.some((known) => equal(known, id)),
    );
    if (!session) return { kind: "forgotten", answer: this.#entropy(24) };
    const handshake = new HandshakeState({
      pattern: NNPSK0,
      initiator: false,
      prologue: concat(RESUMPTION_PROLOGUE, id),
      entropy: this.#entropy,
      psk: session.keys.psk,
    });
    const position = readPosition(handshake.read(message.subarray(id.length)));
    session.ids = session.ids.slice(
      session.ids.findIndex((known) => equal(known, id)) + 1,
    );
    session.refill();
    session.detach();
    const payload = pad(writePosition(session.received), 16, 128, this.#entropy);
    return this.#await(session, handshake.write(payload), handshake, position);
  }

  #await(
    session: RelaySession,
    answer: Bytes,
    handshake: HandshakeState,
    position: number,
  ): Pending {
    const [out, into] = handshake.split();
    const pending = { kind: "pending", answer, session, out, into, position } as const;
    session.pending = pending;
    return pending;
  }
}
