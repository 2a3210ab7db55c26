/** What is done to what was said: edits, deletions, reactions; and when it disappears. */

import type { Bytes } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import {
  LONGEST_EMOJI,
  reactionPart,
  textPart,
  timerPart,
  withdrawalPart,
} from "./core/meaning.ts";
import { byteLength } from "./core/texts.ts";
import { findMessage, findOwn, findWritable } from "./finding.ts";
import type { Tx } from "./store/database.ts";
import type { Hub } from "./sync/hub.ts";
import { notice } from "./sync/notices.ts";
import { Reception } from "./sync/reception.ts";
import type { Message } from "./values.ts";
import { changed, checkText, tellOf } from "./writing.ts";

const LONGEST_TIMER = 2 ** 32;

/** Replace the text of a message of ours. */
export async function edit(
  hub: Hub,
  id: string,
  message: string,
  text: string,
): Promise<Message> {
  checkText(text);
  const { store } = hub;
  return store.db.write(async (tx) => {
    const row = await findWritable(tx, store, id);
    const target = await findOwn(tx, store, row.id, message);
    await hub.compose(tx, row.id, textPart(text), { replaces: target.mimi });
    const change = { sender: store.me, text, mentions: [] };
    await store.messages.edit(tx, row.id, target.mimi, change);
    return changed(tx, hub, row.id, target.id);
  });
}

/** Delete a message of ours. */
export async function remove(hub: Hub, id: string, message: string): Promise<Message> {
  const { store } = hub;
  return store.db.write(async (tx) => {
    const row = await findWritable(tx, store, id);
    const target = await findOwn(tx, store, row.id, message);
    await hub.compose(tx, row.id, withdrawalPart(false), { replaces: target.mimi });
    await store.messages.delete(tx, row.id, target.mimi, store.me);
    return changed(tx, hub, row.id, target.id);
  });
}

/** React to a message, or take our reactions back. */
export async function react(
  hub: Hub,
  id: string,
  message: string,
  emoji: string,
): Promise<Message> {
  const isEmpty = emoji !== "" && emoji.trim() === "";
  if (byteLength(emoji) > LONGEST_EMOJI || isEmpty)
    throw new UsageError("long reaction");
  const { store } = hub;
  return store.db.write(async (tx) => {
    const row = await findWritable(tx, store, id);
    const target = await findMessage(tx, store, row.id, message);
    if (target.notice || target.deleted) throw new UsageError("no message to react to");
    if (emoji === "") await takeBack(tx, hub, row.id, target.id);
    else {
      const { mimi } = await hub.compose(tx, row.id, reactionPart(emoji), {
        inReplyTo: target.mimi,
      });
      const one = { mimi, account: store.me, emoji };
      await store.reactions.react(tx, row.id, target.mimi, one);
    }
    return changed(tx, hub, row.id, target.id);
  });
}

async function takeBack(
  tx: Tx,
  hub: Hub,
  conversation: Bytes,
  message: Bytes,
): Promise<void> {
  const { store } = hub;
  const mine = await store.reactions.of(tx, conversation, message, store.me);
  for (const { mimi } of mine) {
    await hub.compose(tx, conversation, withdrawalPart(true), { replaces: mimi });
    await store.reactions.unreact(tx, conversation, mimi, store.me);
  }
}

/** Let later messages disappear after so many seconds; 0: never. */
export async function setTimer(hub: Hub, id: string, seconds: number): Promise<void> {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds >= LONGEST_TIMER)
    throw new UsageError("odd timer");
  const { store } = hub;
  await store.db.write(async (tx) => {
    const row = await findWritable(tx, store, id);
    const { message } = await hub.compose(tx, row.id, timerPart(seconds));
    await store.conversations.change(tx, row.id, { timer: seconds });
    const said = notice("timer", [], String(seconds));
    const reception = new Reception(tx, store, tellOf(hub));
    await reception.notice(row, message, store.me, said, hub.now());
  });
}
