/** What a person writes: texts, and that they type. */

import { type Bytes, equal } from "../bytes.ts";
import { BugError, UsageError } from "../errors.ts";
import { hintsOf, textPart } from "./core/meaning.ts";
import { type Mentioned, mentionsValue, readMentions } from "./core/hints.ts";
import type { Part } from "./core/parts.ts";
import { byteLength } from "./core/texts.ts";
import { sealNote } from "./core/whispers.ts";
import type { Extra } from "./door.ts";
import {
  accountOf,
  bytesOf,
  findConversation,
  findMessage,
  findWritable,
  messageOf,
} from "./finding.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import type { OutState } from "./store/outbox.ts";
import type { Hub } from "./sync/hub.ts";
import { tellMessage } from "./sync/telling.ts";
import type { Media, Message } from "./values.ts";

/** Bytes of UTF-8; more belongs into a file. */
export const LONGEST_TEXT = 32_000;

/** Say whether a text can be sent; throws `UsageError`. */
export function checkText(text: string): void {
  if (text.trim() === "") throw new UsageError("empty");
  if (/\p{Cs}/u.test(text)) throw new UsageError("not unicode");
  const size = byteLength(text);
  if (size > LONGEST_TEXT)
    throw new UsageError("long text", { size, most: LONGEST_TEXT });
}

/** Queue a text. */
export async function send(
  hub: Hub,
  id: string,
  text: string,
  extra: Extra,
): Promise<Message> {
  checkText(text);
  return hub.store.db.write(async (tx) => {
    const row = await findWritable(tx, hub.store, id);
    return addMessage(tx, hub, row, { part: textPart(text), text, extra });
  });
}

/** A message of ours before it is queued. */
export interface Draft {
  readonly part: Part;
  readonly text: string;
  readonly extra: Extra;
  readonly media?: Media;
  readonly attachment?: Bytes;
  readonly state?: OutState;
}

/** Put a message of ours into the timeline and the outbox. */
export async function addMessage(
  tx: Tx,
  hub: Hub,
  row: ConversationRow,
  draft: Draft,
): Promise<Message> {
  const { store } = hub;
  const { text, extra } = draft;
  const mentions = mentionsOf(extra, text);
  const inReplyTo = await replyTarget(tx, hub, row, extra);
  const expires = row.timer ? { relative: true, time: row.timer } : null;
  const { message, mimi, isNew } = await hub.compose(tx, row.id, draft.part, {
    salt: saltOf(extra),
    inReplyTo,
    expires,
    extensions: hintsOf({ media: draft.media ?? null, mentions }),
    state: draft.state ?? "waiting",
  });
  if (!isNew) return shown(tx, hub, row.id, message);
  await store.messages.add(tx, row.id, {
    id: message,
    mimi,
    sender: store.me,
    time: hub.now(),
    text,
    state: "queued",
    replyTo: inReplyTo,
    mentions,
    attachment: draft.attachment ?? null,
    expireAfter: row.timer || null,
  });
  if (row.draft !== "") await store.conversations.change(tx, row.id, { draft: "" });
  tx.afterCommit(() => {
    hub.hurry();
  });
  tellMessage(tx, store, tellOf(hub), "message sent", row.id, message);
  return shown(tx, hub, row.id, message);
}

function mentionsOf(extra: Extra, text: string): readonly Mentioned[] {
  const named = (extra.mentions ?? []).map(({ start, length, account }) => ({
    start,
    length,
    account: accountOf(account),
  }));
  if (readMentions(mentionsValue(named), text).length !== named.length)
    throw new UsageError("odd mentions");
  return named;
}

function saltOf({ salt }: Extra): Bytes | null {
  return salt === undefined ? null : bytesOf(salt, 16, "undone");
}

async function replyTarget(
  tx: Tx,
  { store }: Hub,
  row: ConversationRow,
  { replyTo }: Extra,
): Promise<Bytes | null> {
  if (replyTo === undefined) return null;
  const target = await store.messages.find(tx, row.id, messageOf(replyTo));
  if (!target || target.notice) throw new UsageError("no message to reply to");
  return target.mimi;
}

/** Pass on that we type, if that may be known and anybody can hear it. */
export async function typing(hub: Hub, id: string, isTyping: boolean): Promise<void> {
  const { store } = hub;
  if (!store.profile.preferences.typing) return;
  const found = await store.db.read(async (tx) => {
    const row = await findConversation(tx, store, id);
    const keys = await store.log.keys(tx, row.id, await store.groups.epoch(tx, row.id));
    return { row, keys };
  });
  const follower = hub.followers.get(id);
  if (found.row.state !== "active" || !found.keys || !follower) return;
  const note = { account: store.me, isTyping };
  await follower.whisper(sealNote(found.keys, found.row.stream, note, hub.entropy));
}

/** Queue a failed message again. */
export async function retry(hub: Hub, id: string, message: string): Promise<Message> {
  const { store } = hub;
  return store.db.write(async (tx) => {
    const row = await findWritable(tx, store, id);
    const target = await findMessage(tx, store, row.id, message);
    const queued = await store.outbox.find(tx, row.id, target.id);
    if (queued?.state !== "failed") throw new UsageError("not failed");
    const isUpload = await store.transfers.retryUpload(tx, row.id, target.id);
    const state = isUpload ? "held" : "waiting";
    await store.outbox.setState(tx, row.id, target.id, state);
    await store.messages.setState(tx, row.id, target.id, "queued");
    tx.afterCommit(() => {
      hub.wake(row.id);
      hub.uploads?.wake();
    });
    return changed(tx, hub, row.id, target.id);
  });
}

/** Tell that a message has changed, and return it. */
export function changed(
  tx: Tx,
  hub: Hub,
  conversation: Bytes,
  message: Bytes,
): Promise<Message> {
  tellMessage(tx, hub.store, tellOf(hub), "message changed", conversation, message);
  return shown(tx, hub, conversation, message);
}

async function shown(
  tx: Tx,
  { store }: Hub,
  conversation: Bytes,
  message: Bytes,
): Promise<Message> {
  const found = await store.views.one(tx, conversation, message);
  if (!found) throw new BugError("A message that was just written is not there.");
  return found;
}

/** The hub's telling, for those who know no hub. */
export function tellOf(hub: Hub): Hub["tell"] {
  return (event) => {
    hub.tell(event);
  };
}

/** Whether two accounts are one. */
export function isMe(hub: Hub, account: Bytes): boolean {
  return equal(hub.store.me, account);
}
