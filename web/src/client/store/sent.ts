/**
 * Contents of ours that came back, for those who could not read them where they stand
 * (spec/conversations.md §6.10). Kept as long as their envelopes are held.
 */

import { type Bytes, hex } from "../../bytes.ts";
import { messageId } from "../core/content.ts";
import { blob } from "./columns.ts";
import type { Tx } from "./database.ts";

/** Reads and writes what this device has said. */
export class SentTable {
  /** Keep a content that stands in the stream now. */
  async keep(
    tx: Tx,
    conversation: Bytes,
    envelope: Bytes,
    content: Bytes,
    replaces: Bytes | null,
  ): Promise<void> {
    const fields: Record<string, string> = {
      conversation: hex(conversation),
      envelope: hex(envelope),
    };
    if (replaces) fields.replaces = hex(messageId(replaces));
    await tx.put("sent", fields, [content, false]);
  }

  /** Return a content of ours. */
  async find(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<Bytes | null> {
    const row = await tx.get("sent", [hex(conversation), hex(envelope)]);
    return row && blob(row.secret[0]);
  }

  /** Return a content to repeat, once: everybody hears the repetition. */
  async repeat(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<Bytes | null> {
    const row = await tx.get("sent", [hex(conversation), hex(envelope)]);
    if (!row || row.secret[1] === true) return null;
    const content = blob(row.secret[0]);
    await tx.put("sent", row.fields, [content, true]);
    return content;
  }
}
