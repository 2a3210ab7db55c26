/** What a relay answers (spec/wire.md §3-6). */
import {
  type ValueOf,
  checked,
  data,
  fixed,
  flag,
  many,
  rest,
  sized,
  struct,
  u16,
  u32,
  u64,
  u8,
} from "./fields.ts";
import { b16 } from "./requests.ts";
import { PUSH_KEY_SIZE } from "./tables.ts";

const envelope = struct({
  sequence: u64,
  epoch: u64,
  timeMs: u64,
  envelope: b16,
  data: sized(4),
});

/** One entry of a stream, as a reader gets it; no data means it was erased. */
export type Envelope = ValueOf<typeof envelope>;

export const ENVELOPE = envelope;

const receipt = struct({ number: u32, sequence: u64, timeMs: u64 });

/** One append that is on the relay's disk. */
export type Receipt = ValueOf<typeof receipt>;

const known = "A relay describes itself with an unknown word.";

/** The fields of each reply, behind its header; of receipts, behind the type. */
export const ANSWER_REPLIES = {
  /** The request was carried out, durably. */
  Done: struct({}),
  /** The request was refused and changed nothing. */
  RefusedReply: struct({ code: u8, detail: u64 }),
  /** A stream is open; `ends` is where the handle's epoch ended, or 0. */
  Opened: struct({ handle: u32, epoch: u64, first: u64, head: u64, ends: u64 }),
  /** Appends are on the relay's disk. */
  Appended: checked(
    struct({ receipts: many(receipt) }),
    (value) => value.receipts.length > 0,
    "A message of receipts holds none.",
  ),
  /** The session follows the stream; the backlog up to `head` comes next. */
  Subscribed: struct({ first: u64, head: u64 }),
  /** One reply's worth of a stream, and where it ends. */
  Envelopes: struct({ head: u64, envelopes: many(envelope) }),
  /** How many key packages are left to claim, the last resort not counted. */
  ShelfState: struct({ count: u16, hasLastResort: flag }),
  /** One key package, which nobody else gets unless it is the last resort. */
  Package: struct({ isLastResort: flag, package: data }),
  /** How much of a blob is on the relay's disk. */
  BlobState: struct({ held: u64, size: u64 }),
  /** A piece of a complete blob; empty when it was asked for at the end. */
  Chunk: struct({ offset: u64, size: u64, data: rest }),
  /** What the relay is, what it grants anyone, and what the session's pass leaves. */
  Grants: struct({
    mode: checked(u8, (mode) => mode < 3, known),
    maxEnvelope: u32,
    maxEphemeral: u32,
    maxBlob: u64,
    maxPackage: u32,
    maxPackages: u16,
    maxHandles: u32,
    maxSubscriptions: u32,
    retentionSeconds: u32,
    maxRetentionSeconds: u32,
    passState: checked(u8, (state) => state < 4, known),
    passExpires: u64,
    streamsLeft: u32,
    bytesLeft: u64,
  }),
  /** Under which key the relay pushes, and for how long at a time. */
  PushGrants: struct({ key: fixed(PUSH_KEY_SIZE), maxSeconds: u32 }),
};
