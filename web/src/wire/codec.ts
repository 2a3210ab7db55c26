/**
 * Any message of the relay protocol, to bytes and back (spec/wire.md §3).
 *
 * Any bytes give a value or `Malformed`, in time linear in their length.
 */
import { type Bytes, concat } from "../bytes.ts";
import { LocalError, Malformed } from "../errors.ts";
import { EVENT_REPLIES } from "./events.ts";
import { Fields, type Layout, type ValueOf, u32 } from "./fields.ts";
import { ANSWER_REPLIES } from "./replies.ts";
import { STREAM_REQUESTS } from "./requests.ts";
import { BLOB_REQUESTS } from "./requests_blobs.ts";
import { PUSH_REQUESTS } from "./requests_pushes.ts";
import { SHELF_REQUESTS } from "./requests_shelves.ts";
import { MAX_MESSAGE, REPLY_TYPES, REQUEST_TYPES } from "./tables.ts";

const HEADER_BYTES = 5;

export const REQUESTS = {
  ...STREAM_REQUESTS,
  ...SHELF_REQUESTS,
  ...BLOB_REQUESTS,
  ...PUSH_REQUESTS,
};
export const REPLIES = { ...ANSWER_REPLIES, ...EVENT_REPLIES };

type Layouts = Readonly<Record<string, Layout<unknown>>>;
type Message<L extends Layouts> = {
  [K in keyof L]: { readonly type: K } & ValueOf<L[K]>;
}[keyof L];

/** What a client asks: `{ type: "Append", handle, envelope, data }` and so on. */
export type Request = Message<typeof REQUESTS>;

/** What a relay says: `{ type: "Opened", handle, ... }` and so on. */
export type Reply = Message<typeof REPLIES>;

/** The request, or reply, of a type. */
export type RequestOf<K extends Request["type"]> = Extract<Request, { type: K }>;
export type ReplyOf<K extends Reply["type"]> = Extract<Reply, { type: K }>;

/** What a relay answers to each request that it does not refuse. */
export const ANSWERS = {
  About: "Grants",
  Create: "Done",
  Open: "Opened",
  Close: "Done",
  Append: "Appended",
  Commit: "Appended",
  Subscribe: "Subscribed",
  Unsubscribe: "Done",
  Read: "Envelopes",
  Trim: "Done",
  Erase: "Done",
  Destroy: "Done",
  ShelfPut: "ShelfState",
  ShelfClaim: "Package",
  ShelfCount: "ShelfState",
  ShelfDestroy: "Done",
  BlobCreate: "BlobState",
  BlobPut: "BlobState",
  BlobStat: "BlobState",
  BlobGet: "Chunk",
  BlobDelete: "Done",
  Pushes: "PushGrants",
  Watch: "Done",
  Unwatch: "Done",
} as const satisfies Record<Exclude<Request["type"], "Ephemeral">, Reply["type"]>;

/** A request that is answered, and the reply that answers it. */
export type Asked = keyof typeof ANSWERS;
export type AnswerTo<K extends Asked> = ReplyOf<(typeof ANSWERS)[K]>;

const TYPES: Readonly<Record<string, number>> = { ...REQUEST_TYPES, ...REPLY_TYPES };
const LAYOUTS: Layouts = { ...REQUESTS, ...REPLIES };

/** Write a message; the number of receipts is their own (spec/wire.md §4.4). */
export function encode(number: number, message: Request | Reply): Bytes {
  const layout = LAYOUTS[message.type] as Layout<unknown>;
  const head = message.type === "Appended" ? new Uint8Array() : u32.write(number);
  const type = new Uint8Array([TYPES[message.type] as number]);
  const encoded = concat(type, head, layout.write(message));
  if (encoded.length > MAX_MESSAGE)
    throw new LocalError("A message is larger than any may be.");
  return encoded;
}

/** Read what a relay sent: the number it answers and what it says, or `Malformed`. */
export function decodeReply(message: Uint8Array): [number: number, reply: Reply] {
  return decode<Reply>(message, REPLY_TYPES, REPLIES);
}

/** Read a message of which the types and their layouts are known. */
export function decode<M>(
  message: Uint8Array,
  types: Readonly<Record<string, number>>,
  layouts: Layouts,
): [number: number, message: M] {
  if (message.length < HEADER_BYTES || message.length > MAX_MESSAGE)
    throw new Malformed("A message has an impossible length.");
  const head = new Fields(message);
  const kind = head.number(1);
  const type = Object.keys(types).find((name) => types[name] === kind);
  if (type === undefined) throw new Malformed("A message has an unknown type.");
  const number = head.number(4);
  // Receipts begin with the first one's number, where others have their own.
  const fields = new Fields(message, type === "Appended" ? 1 : HEADER_BYTES);
  const value = (layouts[type] as Layout<unknown>).read(fields);
  fields.finish();
  return [number, { type, ...(value as object) } as M];
}
