/** Finds what a face names: a contact, a conversation, a message. Throws `UsageError`. */

import { type Bytes, equal, fromHex } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import type { ContactRow } from "./store/contacts.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import type { Store } from "./store/home.ts";
import type { MessageRow } from "./store/timeline.ts";
import type { ConversationState } from "./values.ts";

const NO_MESSAGE = "There is no such message in this conversation.";
const WHY_NOT: Readonly<Record<Exclude<ConversationState, "active">, string>> = {
  request: "Accept the request before you write.",
  leaving: "You are leaving this conversation.",
  left: "You have left this conversation.",
  removed: "You were removed from this conversation.",
  broken:
    "This device cannot follow this conversation any more; " +
    "ask a member to add you again.",
};

/** Read an id of the door: so many bytes in hexadecimal. */
export function bytesOf(id: string, length: number, missing: string): Bytes {
  if (id.length !== 2 * length || !/^[0-9a-f]*$/.test(id))
    throw new UsageError(missing);
  return fromHex(id);
}

/** The bytes of an account's id. */
export function accountOf(id: string): Bytes {
  return bytesOf(id, 32, "There is no such contact.");
}

/** The bytes of a conversation's id. */
export function roomOf(id: string): Bytes {
  return bytesOf(id, 16, "There is no such conversation; see your chats.");
}

/** The bytes of a message's id. */
export function messageOf(id: string): Bytes {
  return bytesOf(id, 16, NO_MESSAGE);
}

/** Find one contact. */
export async function findContact(
  tx: Tx,
  store: Store,
  account: string,
): Promise<ContactRow> {
  const found = await store.contacts.find(tx, accountOf(account));
  if (!found) throw new UsageError("There is no such contact.");
  return found;
}

/** Find one conversation, in whatever state. */
export async function findConversation(
  tx: Tx,
  store: Store,
  id: string,
): Promise<ConversationRow> {
  const row = await store.conversations.row(tx, roomOf(id));
  if (!row) throw new UsageError("There is no such conversation; see your chats.");
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
  throw new UsageError("This request was answered already.");
}

/** Find a conversation that can be written to. */
export async function findWritable(
  tx: Tx,
  store: Store,
  id: string,
): Promise<ConversationRow> {
  const row = await findConversation(tx, store, id);
  if (row.state !== "active") throw new UsageError(WHY_NOT[row.state]);
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
  if (!row) throw new UsageError(NO_MESSAGE);
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
  throw new UsageError("Only messages of your own can be changed.");
}
