/**
 * What the list of conversations shows, brought up to date with every transaction that
 * touches a conversation: its newest message, what is unread, what waits to be sent.
 */

import { type Bytes, fromHex, hex } from "../../bytes.ts";
import type { ConversationTable, Summary } from "./conversations.ts";
import { type Tx, under } from "./database.ts";
import type { OutboxTable } from "./outbox.ts";
import { messageOf, type MessageRow } from "./timeline.ts";

/** Characters of the newest message that a list can show. */
const LONGEST_TEXT = 300;

/** Bring a conversation's summary up to date. */
export async function summarize(
  tx: Tx,
  id: string,
  conversations: ConversationTable,
  outbox: OutboxTable,
): Promise<void> {
  const conversation = fromHex(id);
  const row = await conversations.row(tx, conversation);
  if (!row) return;
  const [newest] = await tx.latest("messages", "inOrder", under(id), 1);
  const summary: Summary = {
    last: newest ? shortened(messageOf(newest)) : null,
    unread: await after(tx, "unseen", conversation, row.seen),
    mentioned: (await after(tx, "named", conversation, row.seen)) > 0,
    queued: (await outbox.counts(tx, conversation)).queued,
  };
  await conversations.change(tx, conversation, { summary });
}

function after(
  tx: Tx,
  index: string,
  conversation: Bytes,
  seen: number,
): Promise<number> {
  const id = hex(conversation);
  return tx.count("messages", index, IDBKeyRange.bound([id, seen], [id, []], true));
}

function shortened(row: MessageRow): MessageRow {
  if (row.text.length <= LONGEST_TEXT) return row;
  return {
    ...row,
    text:
      Array.from(row.text)
        .slice(0, LONGEST_TEXT - 1)
        .join("") + "…",
  };
}
