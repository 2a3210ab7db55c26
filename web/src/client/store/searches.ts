/** Messages that are looked for: by their words, or because they are pinned. */

import { type Bytes, fromHex, hex } from "../../bytes.ts";
import type { Found, Message } from "../values.ts";
import { type Tx, under } from "./database.ts";
import type { Store } from "./home.ts";
import { LATEST, messageOf, type MessageRow } from "./timeline.ts";

/** Messages that a search reads at once. */
const SEARCHED = 400;

/** Return the pinned messages of a conversation, in order. */
export async function pinned(
  tx: Tx,
  { messages, views }: Pick<Store, "messages" | "views">,
  conversation: Bytes,
): Promise<readonly Message[]> {
  const pins = await tx.all("pins", null, under(hex(conversation)));
  const rows: MessageRow[] = [];
  for (const pin of pins) {
    const id = fromHex(String(pin.fields.message));
    const row = await messages.find(tx, conversation, id);
    if (row) rows.push(row);
  }
  rows.sort((one, other) => (one.place ?? LATEST) - (other.place ?? LATEST));
  return views.all(tx, rows);
}

/** Return messages that hold every word, newest first; reads a part at a time. */
export async function search(
  { db, views }: Pick<Store, "db" | "views">,
  words: string,
  within: Bytes | null,
  limit: number,
): Promise<readonly Omit<Found, "title">[]> {
  const wanted = folded(words)
    .split(/\s+/u)
    .filter((one) => one !== "");
  const found: Omit<Found, "title">[] = [];
  let end: IDBValidKey | null = null;
  while (wanted.length > 0 && found.length < limit) {
    const rows: MessageRow[] = await db.read((tx) => part(tx, within, end));
    const last = rows.at(-1);
    if (!last) break;
    const hits = rows
      .filter((row) => holds(row, wanted))
      .slice(0, limit - found.length);
    found.push(
      ...(await db.read(async (tx) =>
        (await views.all(tx, hits)).map((message) => ({
          conversation: message.conversation,
          message,
        })),
      )),
    );
    end = within
      ? [hex(within), last.place ?? LATEST, last.number ?? 0]
      : (last.number ?? 0);
  }
  return found;
}

/** The next part of what is searched, the newest first, before what was read. */
async function part(
  tx: Tx,
  within: Bytes | null,
  end: IDBValidKey | null,
): Promise<MessageRow[]> {
  if (!within) {
    const range = end === null ? null : IDBKeyRange.upperBound(end, true);
    return (await tx.latest("messages", null, range, SEARCHED)).map(messageOf);
  }
  const id = hex(within);
  const range = end === null ? under(id) : IDBKeyRange.bound([id], end, false, true);
  return (await tx.latest("messages", "inOrder", range, SEARCHED)).map(messageOf);
}

/** Whether every word begins a word of a message. */
function holds(row: MessageRow, wanted: readonly string[]): boolean {
  if (row.notice || row.text === "") return false;
  const words = folded(row.text).split(/[^\p{L}\p{N}\p{M}]+/u);
  return wanted.every((one) => words.some((word) => word.startsWith(one)));
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
