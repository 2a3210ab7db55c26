/** What was said before, told to a device that is new in a conversation (spec/devices.md §6). */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { encode } from "../core/cbor.ts";
import { type HistoryRecord, writeRecord } from "../core/records.ts";
import { recordOf } from "../recording.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import { messageOf } from "../store/timeline.ts";
import type { Hub } from "./hub.ts";
import { announce } from "./siblings.ts";

/** Bytes of records in one entry. */
const LARGEST_HISTORY = 30_000;
/** Clocks of two devices differ; what one of them was told twice changes nothing. */
const SLACK_MS = 24 * 3600 * 1000;

/** Tell a device that has just come into a conversation what it cannot know. */
export async function tellHistory(
  tx: Tx,
  hub: Hub,
  row: ConversationRow,
  device: Bytes,
): Promise<void> {
  const { store } = hub;
  const known = (await store.devices.all(tx)).find((one) => equal(one.id, device));
  const since = (known?.linkedAt ?? 0) - SLACK_MS;
  const id = hex(row.id);
  const rows = await tx.latest(
    "messages",
    "inOrder",
    IDBKeyRange.bound([id], [id, 2 ** 50], false, true),
    2000,
  );
  const messages = rows.map(messageOf).filter((one) => one.time >= since);
  let piece: HistoryRecord[] = [];
  let size = 0;
  const send = async (): Promise<void> => {
    const records = piece;
    [piece, size] = [[], 0];
    if (records.length > 0)
      await announce(tx, hub, { kind: "history", conversation: row.id, records });
  };
  for (const message of messages.reverse()) {
    const name = await store.views.name(tx, row.id, message.sender);
    const record = recordOf(message, name);
    const length = encode(writeRecord(record)).length;
    if (size + length > LARGEST_HISTORY) await send();
    piece.push(record);
    size += length;
  }
  await send();
}
