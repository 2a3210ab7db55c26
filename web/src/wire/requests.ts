/** What a client asks of a relay about streams (spec/wire.md §3-4). */
import type { Bytes } from "../bytes.ts";
import {
  type Layout,
  checked,
  data,
  fixed,
  flag,
  struct,
  u16,
  u32,
  u64,
  u8,
} from "./fields.ts";

/** Stands for "no envelope yet" where a cursor is at 0. */
export const NO_ENVELOPE: Bytes = new Uint8Array(16);

/** A READ that takes as much as one reply holds. */
export const NO_LIMIT = 0xffff;

export const b16 = fixed(16);
export const b32 = fixed(32);

const handle = u32;

/** The tokens of one epoch of a stream; each given asks for its right. */
export interface Opening {
  readonly stream: Bytes;
  readonly epoch: number;
  readonly appendToken: Bytes | null;
  readonly readToken: Bytes | null;
  readonly controlToken: Bytes | null;
}

const openHead = struct({
  stream: b16,
  epoch: u64,
  rights: checked(
    u8,
    (rights) => rights > 0 && rights < 8,
    "A stream is opened without any token, or for a right that does not exist.",
  ),
});

const tokens = (value: Opening): readonly (Bytes | null)[] => [
  value.appendToken,
  value.readToken,
  value.controlToken,
];

const open: Layout<Opening> = {
  write(value) {
    const rights = tokens(value).reduce(
      (sum, one, bit) => sum + (one ? 1 << bit : 0),
      0,
    );
    const given = tokens(value).flatMap((one) => (one ? [...b32.write(one)] : []));
    const head = openHead.write({ ...value, rights });
    return new Uint8Array([...head, ...given]);
  },
  read(fields) {
    const { stream, epoch, rights } = openHead.read(fields);
    const token = (bit: number) => (rights & bit ? b32.read(fields) : null);
    return {
      stream,
      epoch,
      appendToken: token(1),
      readToken: token(2),
      controlToken: token(4),
    };
  },
};

const create = checked(
  struct({
    stream: b16,
    isFenced: flag,
    epoch: u64,
    retentionSeconds: u32,
    appendHash: b32,
    readHash: b32,
    controlHash: b32,
  }),
  (value) => value.isFenced || value.epoch === 0,
  "A stream without a fence begins in an epoch.",
);

/** The fields of each request, behind its header. */
export const STREAM_REQUESTS = {
  /** What is the relay, and what does it grant? */
  About: struct({}),
  /** Create a stream; the same request again changes nothing. */
  Create: create,
  /** Open a stream with the tokens of one epoch. */
  Open: open,
  /** Forget a handle and the subscription on it. */
  Close: struct({ handle }),
  /** Append an envelope in the epoch of the handle. */
  Append: struct({ handle, envelope: b16, data }),
  /** Append the envelope that ends the handle's epoch, with the next one's hashes. */
  Commit: struct({ handle, envelope: b16, appendHash: b32, readHash: b32, data }),
  /** Follow a stream from a cursor: what is there, then what comes. */
  Subscribe: struct({ handle, after: u64, envelope: b16, skipOwn: flag }),
  /** Stop following; the handle stays open. */
  Unsubscribe: struct({ handle }),
  /** Read one reply's worth of envelopes after a cursor. */
  Read: struct({ handle, after: u64, envelope: b16, limit: u16 }),
  /** Pass something to who follows the stream now; never stored, never answered. */
  Ephemeral: struct({ handle, data }),
  /** Forget every envelope up to and including one. */
  Trim: struct({ handle, upto: u64 }),
  /** Forget the data of one envelope; its place and id stay. */
  Erase: struct({ handle, sequence: u64, envelope: b16 }),
  /** Forget the stream and all that is in it. */
  Destroy: struct({ handle }),
};
