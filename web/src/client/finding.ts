/** Finds what a face names: a contact, a conversation, a message. Throws `UsageError`. */

import { type Bytes, equal, fromHex } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import type { Code } from "../sentences/index.ts";
import type { ContactRow } from "./store/contacts.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import type { Store } from "./store/home.ts";
import type { MessageRow } from "./store/timeline.ts";

/** Read an id of the door: so many bytes in hexadecimal. */
export function bytesOf(id: string, length: number, missing: Code): Bytes {
  if (id.length !== 2 * length || !/^[0-9a-f]*$/.test(id))
    throw new UsageError(missing);
  return fromHex(id);
}

/** The bytes of an account's id. */
export function accountOf(id: string): Bytes {
  return bytesOf(id, 32, "no contact");
}

/** The bytes of a conversation's id. */
export function roomOf(id: string): Bytes {
  return bytesOf(id, 16, "no conversation");
}

/** The bytes of a message's id. */
export function messageOf(id: string): Bytes {
  return bytesOf(id, 16, "no message");
}

/** Find one contact. */
export async function findContact(
  tx: Tx,
  store: Store,
  account: string,
): Promise<ContactRow> {
  const found = await store.contacts.find(tx, accountOf(account));
  if (!found) throw new UsageError("no contact");
  return found;
}

/** Find one conversation, in whatever state. */
export async function findConversation(
  tx: Tx,
  store: Store,
  id: string,
): Promise<ConversationRow> {
  const row = await store.conversations.row(tx, roomOf(id));
  if (!row) throw new UsageError("no conversation");
  return row;
}

/** Find one request that waits. */
export async function findRequest(
  tx: Tx,
  store: Store,
  id: string,
): Promise<ConversationRow> {
  const row = await findConversation(tx, store, id);
  if (row.state === "request") return row;
  throw new UsageError("request answered");
}

/** Find a conversation that can be written to. */
export async function findWritable(
  tx: Tx,
  store: Store,
  id: string,
): Promise<ConversationRow> {
  const row = await findConversation(tx, store, id);
  if (row.state !== "active") throw new UsageError(`state ${row.state}`);
  return row;
}

/** Find one message. */
export async function findMessage(
  tx: Tx,
  store: Store,
  conversation: Bytes,
  id: string,
): Promise<MessageRow> {
  const row = await store.messages.find(tx, conversation, messageOf(id));
  if (!row) throw new UsageError("no message");
  return row;
}

/** Find a message of ours that can be changed. */
export async function findOwn(
  tx: Tx,
  store: Store,
  conversation: Bytes,
  id: string,
): Promise<MessageRow> {
  const row = await findMessage(tx, store, conversation, id);
  if (equal(row.sender, store.me) && !row.notice && !row.deleted) return row;
  throw new UsageError("not your message");
}
