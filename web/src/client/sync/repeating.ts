/**
 * Saying again what some could not read where it stands (spec/conversations.md §6.10). A
 * member who had missed commits that the relay then lost may write in an epoch whose keys
 * the others have deleted since.
 */

import type { Bytes } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import { decodeContent, messageId, mimiId } from "../core/content.ts";
import { type Meaning, meaningOf } from "../core/meaning.ts";
import type { Spoken } from "../core/outcomes.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import type { Held } from "../store/log.ts";

/** Return what of ours a member may hear again: they were in it at that time. */
export async function toRepeat(
  tx: Tx,
  store: Store,
  row: ConversationRow,
  asker: Bytes,
  envelopes: readonly Bytes[],
): Promise<readonly Bytes[]> {
  const contents: Bytes[] = [];
  for (const envelope of envelopes) {
    const held = await store.log.find(tx, row.id, envelope);
    if (!held || !(await store.members.mayHear(tx, row.id, asker, held.epoch)))
      continue;
    const content = await store.sent.repeat(tx, row.id, envelope);
    if (content) contents.push(content);
  }
  return contents;
}

/** A repeated content and the place it belongs. */
export interface HeardAgain {
  readonly spoken: Spoken;
  readonly meaning: Meaning;
  readonly held: Held;
}

/** Return a repeated content and the place it belongs, if it was missed here. */
export async function heardAgain(
  tx: Tx,
  store: Store,
  row: ConversationRow,
  sender: Bytes,
  data: Bytes,
): Promise<HeardAgain | null> {
  const read = readContent(row, sender, data);
  if (!read) return null;
  const { spoken, meaning } = read;
  const held = await store.log.find(tx, row.id, messageId(spoken.mimi));
  if (!held || meaning.kind === "missed" || meaning.kind === "again") return null;
  if (!(await store.log.miss(tx, row.id, held.id, false))) return null;
  return { spoken, meaning, held };
}

function readContent(
  row: ConversationRow,
  sender: Bytes,
  data: Bytes,
): { readonly spoken: Spoken; readonly meaning: Meaning } | null {
  try {
    const content = decodeContent(data);
    const mimi = mimiId(sender, row.id, data, content.salt);
    const spoken = { kind: "spoken", sender, content, mimi } as const;
    return { spoken, meaning: meaningOf(content) };
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}
