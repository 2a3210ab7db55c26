/**
 * Numbers, limits and sentences of the protocol: written by `tools/frames.py` out of
 * `src/linnet/wire`, and the same there. Change them there.
 */

export const MAX_MESSAGE = 61_440;
export const MAX_ENVELOPE = 49_152;
export const MAX_EPHEMERAL = 4096;
export const MAX_CHUNK = 49_152;
export const MAX_PACKAGE = 16_384;
export const MAX_ENDPOINT = 1024;
export const ENVELOPE_COST = 80;
export const MIN_CHUNK = 4096;
export const TOKEN_SIZE = 32;
export const HASH_SIZE = 32;
export const PUSH_KEY_SIZE = 65;
export const STREAM_ID_SIZE = 16;
export const ENVELOPE_ID_SIZE = 16;
export const SHELF_ID_SIZE = 16;
export const BLOB_ID_SIZE = 32;
export const VERSION = 1;
export const SMALLEST_REPLY = 48;
export const RESUMPTION_ID_BYTES = 16;
export const IDS_PER_BLOCK = 8;
export const LARGEST_RECORD = 65_535;
export const SMALLEST_RECORD = 128;
export const LARGEST_MESSAGE = 65_472;
export const MOST_MESSAGES = 1024;
export const RECORDS_PER_KEY = 65_536;
export const LINK_VERSION = 1;
export const CHECKSUM_SIZE = 4;
export const MAX_LINK = 4096;
export const MAX_ADDRESSES = 8;
export const LONGEST_NAME = 64;
export const MOST_RELAYS = 4;

export const REQUEST_TYPES = {
  About: 0x01,
  Create: 0x10,
  Open: 0x11,
  Close: 0x12,
  Append: 0x13,
  Commit: 0x14,
  Subscribe: 0x15,
  Unsubscribe: 0x16,
  Read: 0x17,
  Ephemeral: 0x18,
  Trim: 0x19,
  Erase: 0x1a,
  Destroy: 0x1b,
  ShelfPut: 0x20,
  ShelfClaim: 0x21,
  ShelfCount: 0x22,
  ShelfDestroy: 0x23,
  BlobCreate: 0x30,
  BlobPut: 0x31,
  BlobStat: 0x32,
  BlobGet: 0x33,
  BlobDelete: 0x34,
  Pushes: 0x40,
  Watch: 0x41,
  Unwatch: 0x42,
} as const;

export const REPLY_TYPES = {
  Done: 0x80,
  RefusedReply: 0x81,
  Opened: 0x82,
  Appended: 0x83,
  Subscribed: 0x84,
  Envelopes: 0x85,
  ShelfState: 0x86,
  Package: 0x87,
  BlobState: 0x88,
  Chunk: 0x89,
  Grants: 0x8a,
  PushGrants: 0x8b,
  Deliver: 0xc0,
  Whisper: 0xc1,
  Ended: 0xc2,
  Gone: 0xc3,
  Closing: 0xc4,
} as const;

export const Refusal = {
  MALFORMED: 1,
  UNKNOWN_REQUEST: 2,
  NO_SUCH_HANDLE: 3,
  NOT_ALLOWED: 4,
  NO_SUCH_STREAM: 5,
  WRONG_TOKEN: 6,
  STALE: 7,
  UNKNOWN_EPOCH: 8,
  EXISTS: 9,
  REWOUND: 10,
  UNFENCED: 11,
  TOO_LARGE: 12,
  PASS_NEEDED: 13,
  PASS_INVALID: 14,
  PASS_EXPIRED: 15,
  TOO_MANY_STREAMS: 16,
  TOO_MANY_BYTES: 17,
  TOO_MANY_HANDLES: 18,
  TOO_MANY_SUBSCRIPTIONS: 19,
  SUBSCRIBED_ALREADY: 20,
  NO_SUCH_SHELF: 21,
  SHELF_EMPTY: 22,
  SHELF_FULL: 23,
  NO_SUCH_BLOB: 24,
  BLOB_INCOMPLETE: 25,
  WRONG_OFFSET: 26,
  NO_SUCH_ENVELOPE: 27,
  DISK_FULL: 28,
  SLOW_DOWN: 29,
  UNAVAILABLE: 30,
  MEMBERS_ONLY: 31,
  NO_PUSH: 32,
  TOO_MANY_WATCHES: 33,
  BAD_ENDPOINT: 34,
} as const;

export const OpeningRefusal = {
  VERSION: 241,
  PASS_NEEDED: 242,
  PASS_UNKNOWN: 243,
  FULL: 244,
  CLOSED: 245,
} as const;

export const Road = {
  TCP: 1,
  WS: 2,
  WSS: 3,
  DNS: 4,
  MAIL: 5,
  FOLDER: 6,
  PLUGIN: 7,
} as const;

export const LinkKind = {
  PASS: 1,
  INVITE: 2,
  DEVICE: 3,
  ROAD: 4,
} as const;

export const Mode = {
  OPEN: 0,
  INVITE: 1,
  CLOSED: 2,
} as const;

export const PassState = {
  NONE: 0,
  VALID: 1,
  UNKNOWN: 2,
  EXPIRED: 3,
} as const;

export const ClosingReason = {
  STOPPING: 1,
  UNREADABLE: 2,
  NOT_READING: 3,
} as const;

export const REFUSAL_SENTENCES = {
  1: "The relay could not read the request.",
  2: "The relay does not know this kind of request.",
  3: "The stream is not open in this session.",
  4: "The stream was opened without the right for this.",
  5: "The relay holds no such stream.",
  6: "The relay does not accept this token.",
  7: "The stream has moved on to another epoch.",
  8: "The stream has not reached this epoch.",
  9: "Something else already has this id on the relay.",
  10: "The relay lost what came after its head; it was restored from an older backup.",
  11: "This stream has no epochs and takes no commits.",
  12: "This is larger than the relay accepts.",
  13: "This relay creates things only for people with a pass.",
  14: "The relay does not know this pass.",
  15: "The pass for this relay has expired.",
  16: "The pass allows no more streams on this relay.",
  17: "The pass allows no more bytes on this relay.",
  18: "This session has too many streams open.",
  19: "This session follows too many streams.",
  20: "This session already follows the stream.",
  21: "The relay holds no such shelf.",
  22: "The shelf holds no key package.",
  23: "The shelf holds as many key packages as it may.",
  24: "The relay holds no such blob.",
  25: "The blob has not been uploaded completely.",
  26: "The piece does not follow what the relay holds.",
  27: "The stream holds no such envelope.",
  28: "The relay's disk is full: nothing new is stored, what it holds can be read.",
  29: "Too many requests of this kind; wait a little.",
  30: "The relay's store does not answer; nothing was stored.",
  31: "This relay serves only people with a pass.",
  32: "This relay sends no notifications.",
  33: "Too many browsers wait for notifications of this.",
  34: "The relay does not send notifications to such an address.",
} as const;

export const OPENING_SENTENCES = {
  241: "This relay speaks another version of the session; update Linnet, or use another relay.",
  242: "This relay opens only with a pass; ask whoever runs it for a pass link.",
  243: "This relay does not know the pass, or it has expired; ask whoever runs it for a new pass link.",
  244: "This relay has no room for another session now; Linnet tries again later.",
  245: "This relay takes no one new; use another relay.",
} as const;
