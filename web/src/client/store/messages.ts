/**
 * Messages in the store: the timeline of each conversation (spec/conversations.md §7).
 * Applies what contents mean: who may edit what is decided here, by comparing senders.
 */

import type { Code } from "../../sentences/index.ts";
import { type Bytes, concat, equal, hex, utf8 } from "../../bytes.ts";
import { uint } from "../../wire/fields.ts";
import { messageId } from "../core/content.ts";
import { sha256 } from "../core/gcm.ts";
import type { MessageState, Notice } from "../values.ts";
import type { ConversationTable } from "./conversations.ts";
import { number } from "./columns.ts";
import { type Tx, under } from "./database.ts";
import {
  BLANK,
  fieldsOf,
  type MentionRow,
  messageOf,
  type MessageRow,
  secretOf,
} from "./timeline.ts";
import { unpackFile } from "./transfers.ts";

/** A message to put into the timeline. */
export type NewMessage = Pick<
  MessageRow,
  "id" | "mimi" | "sender" | "time" | "text" | "state"
> &
  Partial<MessageRow>;

/** Something that happened, to put into the timeline. */
export interface NewNotice {
  readonly actor: Bytes;
  readonly notice: Notice;
  readonly time: number;
  /** Tells the notices of one envelope apart. */
  readonly order: number;
  /** Where the stream has what it is about; null: at the end. */
  readonly place: number | null;
}

/** Notices of one commit that move with it; more in one commit stay where they are. */
const MOST_CHANGES = 16;

/** Writes the timeline; what is shown of it is read in `views.ts`. */
export class MessageTable {
  readonly #me: Bytes;
  readonly #conversations: ConversationTable;

  constructor(me: Bytes, conversations: ConversationTable) {
    this.#me = me;
    this.#conversations = conversations;
  }

  /** Put a message into the timeline; a received one gets its place at once. */
  async add(tx: Tx, conversation: Bytes, one: NewMessage): Promise<void> {
    const row: MessageRow = { ...BLANK, ...one, conversation };
    const hasCome = row.place !== null || one.state === "received";
    const arrival = hasCome ? await this.#arrive(tx, conversation) : null;
    await this.save(tx, { ...row, arrival });
  }

  /** Put a notice into the timeline; return its id, or null when it is there already. */
  async addNotice(
    tx: Tx,
    conversation: Bytes,
    envelope: Bytes,
    what: NewNotice,
  ): Promise<Bytes | null> {
    const id = noticeName(envelope, what.order);
    if (await this.has(tx, conversation, id)) return null;
    await this.save(tx, {
      ...BLANK,
      conversation,
      id,
      mimi: concat(new Uint8Array(1), id, new Uint8Array(15)),
      sender: what.actor,
      time: what.time,
      notice: what.notice,
      state: "received",
      place: what.place ?? (await this.#lastPlace(tx, conversation)),
      arrival: await this.#arrive(tx, conversation),
    });
    return id;
  }

  /** Put what an envelope brought where the stream has the envelope now. */
  async move(
    tx: Tx,
    conversation: Bytes,
    envelope: Bytes,
    place: number,
  ): Promise<void> {
    const orders = Array.from({ length: MOST_CHANGES }, (_, order) => order);
    const names = [envelope, ...orders.map((order) => noticeName(envelope, order))];
    for (const name of names) {
      const row = await this.find(tx, conversation, name);
      if (row && row.place !== null && row.place !== place)
        await this.save(tx, { ...row, place });
    }
  }

  /** Put what comes from now on after all that is here: the stream is another. */
  async beginPlaces(tx: Tx, conversation: Bytes): Promise<void> {
    const row = await this.#conversations.row(tx, conversation);
    if (!row) return;
    const last = await this.#lastPlace(tx, conversation);
    const placeBase = Math.max(row.placeBase + row.sequence, last);
    await this.#conversations.change(tx, conversation, { placeBase });
  }

  /** Queue a message of ours again: the stream does not have it any more. */
  async takeBack(tx: Tx, conversation: Bytes, message: Bytes): Promise<void> {
    const row = await this.find(tx, conversation, message);
    if (row)
      await this.save(tx, { ...row, place: null, arrival: null, state: "queued" });
  }

  /**
   * Give a message of ours its place, because it came back; say whether it had none. Its
   * time to disappear begins `now`, by this machine's clock: the relay's may be another.
   */
  async arrive(
    tx: Tx,
    conversation: Bytes,
    message: Bytes,
    at: { readonly time: number; readonly place: number },
    now: number,
  ): Promise<boolean> {
    const row = await this.find(tx, conversation, message);
    if (!row || row.arrival !== null) return false;
    const begun = row.expireAfter === null ? null : now + row.expireAfter * 1000;
    await this.save(tx, {
      ...row,
      ...at,
      arrival: await this.#arrive(tx, conversation),
      state: "on the relay",
      reason: null,
      expiresAt: row.expiresAt ?? begun,
    });
    return true;
  }

  /** Note how far a message of ours has come that has not come back yet. */
  async setState(
    tx: Tx,
    conversation: Bytes,
    message: Bytes,
    state: MessageState,
    reason: Code | null = null,
  ): Promise<boolean> {
    const row = await this.find(tx, conversation, message);
    if (!row || row.arrival !== null) return false;
    await this.save(tx, { ...row, state, reason });
    return true;
  }

  /** Whether a message is in the timeline. */
  async has(tx: Tx, conversation: Bytes, message: Bytes): Promise<boolean> {
    return (await this.find(tx, conversation, message)) !== null;
  }

  /** Return one message. */
  async find(tx: Tx, conversation: Bytes, message: Bytes): Promise<MessageRow | null> {
    const row = await tx.first("messages", "id", [hex(conversation), hex(message)]);
    return row && messageOf(row);
  }

  /** Return the message of a MIMI id. */
  async named(tx: Tx, conversation: Bytes, mimi: Bytes): Promise<MessageRow | null> {
    const row = await this.find(tx, conversation, messageId(mimi));
    return row && equal(row.mimi, mimi) ? row : null;
  }

  /** Replace the text of a message of the same sender; null if there is none. */
  async edit(
    tx: Tx,
    conversation: Bytes,
    target: Bytes,
    change: {
      readonly sender: Bytes;
      readonly text: string;
      readonly mentions: readonly MentionRow[];
    },
  ): Promise<Bytes | null> {
    const row = await this.#own(tx, conversation, target, change.sender);
    if (!row) return null;
    const { text, mentions } = change;
    await this.save(tx, { ...row, text, mentions, edited: true });
    return row.id;
  }

  /** Delete a message of the same sender; its place stays. */
  async delete(
    tx: Tx,
    conversation: Bytes,
    target: Bytes,
    sender: Bytes,
  ): Promise<MessageRow | null> {
    const row = await this.#own(tx, conversation, target, sender);
    if (!row) return null;
    await this.#forgetAround(tx, row);
    await this.save(tx, {
      ...row,
      text: "",
      mentions: [],
      deleted: true,
      edited: false,
      pinned: false,
      attachment: null,
      reactions: [],
    });
    return row;
  }

  /** Note that a member got or read a message of ours; return which, if it is here. */
  async receipt(
    tx: Tx,
    conversation: Bytes,
    mimi: Bytes,
    one: { readonly account: Bytes; readonly isRead: boolean },
  ): Promise<Bytes | null> {
    const row = await this.named(tx, conversation, mimi);
    if (!row) return null;
    const old = row.receipts.find((known) => equal(known.account, one.account));
    if (old && (old.isRead || !one.isRead)) return row.id;
    const others = row.receipts.filter((known) => known !== old);
    await this.save(tx, { ...row, receipts: [...others, one] });
    return row.id;
  }

  /** Start the time of all that was seen, and note that; return what was new of others. */
  async seeAll(tx: Tx, conversation: Bytes, now: number): Promise<readonly Bytes[]> {
    const id = hex(conversation);
    const row = await this.#conversations.row(tx, conversation);
    if (!row) return [];
    const range = IDBKeyRange.bound([id, row.seen], [id, []], true);
    const fresh = (await tx.all("messages", "unseen", range)).map(messageOf);
    const started = await tx.all("messages", "unstarted", [id, 1]);
    for (const one of started.map(messageOf))
      await this.save(tx, {
        ...one,
        expiresAt: now + (one.expireAfter ?? 0) * 1000,
      });
    if (row.arrivals > row.seen)
      await this.#conversations.change(tx, conversation, { seen: row.arrivals });
    return fresh.map((one) => one.mimi);
  }

  /** Delete for good what has expired; return what it was. */
  async purgeExpired(tx: Tx, now: number): Promise<readonly MessageRow[]> {
    const range = IDBKeyRange.upperBound(now);
    const gone = (await tx.all("messages", "expiring", range, 500)).map(messageOf);
    for (const row of gone) await this.purge(tx, row);
    return gone;
  }

  /** Delete a message for good, and all that hangs on it. */
  async purge(tx: Tx, row: MessageRow): Promise<void> {
    await this.#forgetAround(tx, row);
    await tx.delete("transfers", under(hex(row.conversation), hex(row.id)));
    if (row.number !== null) await tx.delete("messages", row.number);
    tx.touch(hex(row.conversation));
  }

  /** Return when the next message expires. */
  async nextExpiry(tx: Tx): Promise<number | null> {
    const [row] = await tx.all("messages", "expiring", null, 1);
    return row ? number(row.fields.expiresAt) : null;
  }

  /** Pin a message in this device's view of its conversation, or take the pin out. */
  async pin(
    tx: Tx,
    conversation: Bytes,
    message: Bytes,
    pinned: boolean,
  ): Promise<boolean> {
    const row = await this.find(tx, conversation, message);
    if (!row || row.notice || row.deleted) return false;
    const fields = { conversation: hex(conversation), message: hex(message) };
    if (pinned) await tx.put("pins", fields, []);
    else await tx.delete("pins", [fields.conversation, fields.message]);
    await this.save(tx, { ...row, pinned });
    return true;
  }

  /** Write a message in place of what it was. */
  async save(tx: Tx, row: MessageRow): Promise<void> {
    const isOthers = !equal(row.sender, this.#me);
    const namesMe = row.mentions.some((one) => equal(one.account, this.#me));
    await tx.put("messages", fieldsOf(row, isOthers, namesMe), secretOf(row));
    tx.touch(hex(row.conversation));
  }

  async #own(
    tx: Tx,
    conversation: Bytes,
    target: Bytes,
    sender: Bytes,
  ): Promise<MessageRow | null> {
    const row = await this.named(tx, conversation, target);
    return row && equal(row.sender, sender) && !row.notice && !row.deleted ? row : null;
  }

  /** Forget reactions and pin, and let nothing of it or its edits be repeated. */
  async #forgetAround(tx: Tx, row: MessageRow): Promise<void> {
    const [conversation, id] = [hex(row.conversation), hex(row.id)];
    await tx.deleteAll("reactions", "target", [conversation, id]);
    await tx.delete("pins", [conversation, id]);
    await tx.delete("sent", [conversation, id]);
    await tx.deleteAll("sent", "replaces", [conversation, id]);
    if (row.attachment)
      await tx.delete("pieces", under(hex(unpackFile(row.attachment).file.blob)));
  }

  async #lastPlace(tx: Tx, conversation: Bytes): Promise<number> {
    const range = IDBKeyRange.bound([hex(conversation)], placed(conversation));
    const [row] = await tx.latest("messages", "inOrder", range, 1);
    return row ? number(row.fields.place) : 0;
  }

  async #arrive(tx: Tx, conversation: Bytes): Promise<number> {
    const row = await this.#conversations.row(tx, conversation);
    const arrivals = (row?.arrivals ?? 0) + 1;
    await this.#conversations.change(tx, conversation, { arrivals });
    return arrivals;
  }
}

/** The end of what has a place. */
function placed(conversation: Bytes): (string | number)[] {
  return [hex(conversation), 2 ** 50 - 1, 2 ** 53];
}

function noticeName(envelope: Bytes, order: number): Bytes {
  return sha256(concat(utf8("notice"), envelope, uint(4, order))).slice(0, 16);
}
