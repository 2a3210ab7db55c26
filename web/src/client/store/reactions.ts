/**
 * Reactions to messages (spec/conversations.md §7.2); the same emoji of the same account
 * counts once. They lie in the message; a row of their own leads from their id to it.
 */

import { type Bytes, equal, fromHex, hex } from "../../bytes.ts";
import { text } from "./columns.ts";
import type { Tx } from "./database.ts";
import type { MessageTable } from "./messages.ts";
import type { ReactionRow } from "./timeline.ts";

/** Different ones of one account on a message; whoever sends more is not heard. */
export const MOST_REACTIONS = 16;

/** Reads and writes reactions. */
export class ReactionTable {
  readonly #messages: MessageTable;

  constructor(messages: MessageTable) {
    this.#messages = messages;
  }

  /** Note a reaction to a message, given by its MIMI id; return which, if it counts. */
  async react(
    tx: Tx,
    conversation: Bytes,
    target: Bytes,
    one: ReactionRow,
  ): Promise<Bytes | null> {
    const row = await this.#messages.named(tx, conversation, target);
    if (!row || row.deleted) return null;
    const isSame = (known: ReactionRow): boolean =>
      equal(known.account, one.account) && known.emoji === one.emoji;
    for (const known of row.reactions.filter(isSame))
      await tx.delete("reactions", [hex(conversation), hex(known.mimi)]);
    const others = row.reactions.filter((known) => !isSame(known));
    const theirs = others.filter((known) => equal(known.account, one.account));
    if (theirs.length >= MOST_REACTIONS) return null;
    await this.#messages.save(tx, { ...row, reactions: [...others, one] });
    const fields = {
      conversation: hex(conversation),
      mimi: hex(one.mimi),
      target: hex(row.id),
    };
    await tx.put("reactions", fields, []);
    return row.id;
  }

  /** Take a reaction of the same account back; return from which message. */
  async unreact(
    tx: Tx,
    conversation: Bytes,
    reaction: Bytes,
    account: Bytes,
  ): Promise<Bytes | null> {
    const key = [hex(conversation), hex(reaction)];
    const found = await tx.get("reactions", key);
    if (!found) return null;
    const target = fromHex(text(found.fields.target));
    const row = await this.#messages.find(tx, conversation, target);
    const mine = row?.reactions.find((one) => equal(one.mimi, reaction));
    if (!row || !mine || !equal(mine.account, account)) return null;
    await tx.delete("reactions", key);
    const reactions = row.reactions.filter((one) => one !== mine);
    await this.#messages.save(tx, { ...row, reactions });
    return row.id;
  }

  /** Return an account's reactions to a message. */
  async of(
    tx: Tx,
    conversation: Bytes,
    message: Bytes,
    account: Bytes,
  ): Promise<readonly ReactionRow[]> {
    const row = await this.#messages.find(tx, conversation, message);
    return row ? row.reactions.filter((one) => equal(one.account, account)) : [];
  }
}
