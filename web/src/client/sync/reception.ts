/**
 * Puts what came of an envelope into the store, and tells who listens once it is there.
 *
 * Called inside the transaction that also moves cursor and ratchet, so a message, the key
 * that opened it and the place it stood at are kept together or not at all.
 */

import { type Bytes, equal } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import { decodeContent } from "../core/content.ts";
import { DEVICES } from "../core/info.ts";
import {
  DELIVERED,
  type Meaning,
  meaningOf,
  type MessageStatus,
  READ,
} from "../core/meaning.ts";
import type { Spoken } from "../core/outcomes.ts";
import { type ConversationRow, placeIn } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import type { Held } from "../store/log.ts";
import type { NewMessage } from "../store/messages.ts";
import type { Notice } from "../values.ts";
import { others } from "./others.ts";
import { learnCard, learnRoads, packedFile } from "./leads.ts";
import { isSame, MISSED, notice, UNREADABLE } from "./notices.ts";
import { heardAgain, toRepeat } from "./repeating.ts";
import { type Tell, tellMessage } from "./telling.ts";

type Said = Extract<Meaning, { readonly kind: "said" }>;

/** Takes what members said in one conversation into the store, in one transaction. */
export class Reception {
  readonly tx: Tx;
  readonly store: Store;
  readonly tell: Tell;
  /** Messages of others to confirm, by MIMI id. */
  readonly toConfirm: Bytes[] = [];
  /** Envelopes whose contents are to be asked for. */
  toAsk: Bytes[] = [];
  /** Contents of ours that others ask for. */
  readonly toRepeat: Bytes[] = [];

  constructor(tx: Tx, store: Store, tell: Tell) {
    this.tx = tx;
    this.store = store;
    this.tell = tell;
  }

  /** Take what a member said. */
  async hear(row: ConversationRow, spoken: Spoken, held: Held): Promise<void> {
    if (row.kind === DEVICES) {
      await others().takeEntry(this, spoken, held.timeMs);
      return;
    }
    const contact = await this.store.contacts.find(this.tx, spoken.sender);
    if (contact?.state === "blocked") return;
    await this.#apply(row, spoken, meaningIn(spoken), held);
  }

  async #apply(
    row: ConversationRow,
    spoken: Spoken,
    meaning: Meaning,
    held: Held,
  ): Promise<void> {
    const { content, sender } = spoken;
    const { messages, reactions } = this.store;
    const target = content.replaces;
    const { tx } = this;
    let changed: Bytes | null = null;
    if (meaning.kind === "said" && target) {
      const change = { sender, text: meaning.text, mentions: meaning.mentions };
      changed = await messages.edit(tx, row.id, target, change);
    } else if (meaning.kind === "said") await this.#add(row, spoken, meaning, held);
    else if (meaning.kind === "withdrawn" && target) {
      changed = await reactions.unreact(tx, row.id, target, sender);
      changed ??= (await messages.delete(tx, row.id, target, sender))?.id ?? null;
    } else if (meaning.kind === "reacted" && content.inReplyTo) {
      const one = { mimi: spoken.mimi, account: sender, emoji: meaning.emoji };
      changed = await reactions.react(tx, row.id, content.inReplyTo, one);
    } else await this.#note(row, spoken, meaning, held);
    if (changed) this.#changed(row.id, changed);
  }

  async #note(
    row: ConversationRow,
    spoken: Spoken,
    meaning: Meaning,
    held: Held,
  ): Promise<void> {
    const { tx, store } = this;
    const { sender } = spoken;
    switch (meaning.kind) {
      case "receipts":
        await this.#confirm(row, sender, meaning.statuses);
        break;
      case "card": {
        const accepted = await learnCard(tx, store, row, sender, meaning.card);
        if (!accepted) break;
        const contact = await store.contacts.shown(tx, accepted);
        tx.afterCommit(() => {
          this.tell({ type: "contact changed", contact });
        });
        break;
      }
      case "timer": {
        const { seconds } = meaning;
        await store.conversations.change(tx, row.id, { timer: seconds });
        await this.say(row, held, sender, notice("timer", [], String(seconds)));
        break;
      }
      case "missed":
        this.toRepeat.push(
          ...(await toRepeat(tx, store, row, sender, meaning.envelopes)),
        );
        break;
      case "again": {
        const heard = await heardAgain(tx, store, row, sender, meaning.content);
        if (heard) await this.#apply(row, heard.spoken, heard.meaning, heard.held);
        break;
      }
      case "roads": {
        const said = await learnRoads(tx, store, row, sender, meaning);
        if (said) await this.say(row, held, sender, said);
        break;
      }
      case "said":
      case "withdrawn":
      case "reacted":
      case "unknown":
        await this.say(row, held, sender, notice("unknown kind"));
    }
  }

  async #add(
    row: ConversationRow,
    spoken: Spoken,
    said: Said,
    held: Held,
  ): Promise<void> {
    const { tx, store } = this;
    if (await store.messages.has(tx, row.id, held.id)) {
      await store.messages.move(tx, row.id, held.id, placeIn(row, held.sequence));
      return;
    }
    const isMine = equal(spoken.sender, store.me);
    const file =
      said.file && (await packedFile(tx, store, row, said.file, said.media ?? {}));
    await store.messages.add(tx, row.id, {
      id: held.id,
      mimi: spoken.mimi,
      sender: spoken.sender,
      time: held.timeMs,
      place: placeIn(row, held.sequence),
      text: said.text,
      // What another device of one's own has said is one's own here, too.
      state: isMine ? "on the relay" : "received",
      replyTo: spoken.content.inReplyTo,
      attachment: file,
      mentions: said.mentions,
      ...expiry(spoken, isMine, held.timeMs),
    });
    if (!isMine) this.toConfirm.push(spoken.mimi);
    const type = isMine ? "message sent" : "message received";
    tellMessage(tx, store, this.tell, type, row.id, held.id);
  }

  async #confirm(
    row: ConversationRow,
    account: Bytes,
    statuses: readonly MessageStatus[],
  ): Promise<void> {
    if (equal(account, this.store.me)) return; // of another device of one's own
    for (const [mimi, status] of statuses) {
      if (status !== DELIVERED && status !== READ) continue;
      const one = { account, isRead: status === READ };
      const message = await this.store.messages.receipt(this.tx, row.id, mimi, one);
      if (message) this.#changed(row.id, message);
    }
  }

  /** Say once in a row that something could not be read. */
  async unreadable(row: ConversationRow, held: Held): Promise<void> {
    await this.#sayOnce(row, held, UNREADABLE);
  }

  /** Ask for what was written in an epoch whose keys are gone here. */
  async missed(row: ConversationRow, held: Held): Promise<void> {
    if (this.toAsk.length === 0) await this.#sayOnce(row, held, MISSED);
    if (await this.store.log.miss(this.tx, row.id, held.id, true))
      this.toAsk.push(held.id);
  }

  async #sayOnce(row: ConversationRow, held: Held, what: Notice): Promise<void> {
    const { messages } = await this.store.views.page(this.tx, row.id, {}, 1);
    if (!isSame(messages[0]?.notice ?? null, what))
      await this.say(row, held, this.store.me, what);
  }

  // What of ours came back

  /** Give something of ours its place. */
  async ownReturned(row: ConversationRow, held: Held): Promise<void> {
    const { tx, store } = this;
    const sent = await store.outbox.find(tx, row.id, held.id);
    if (sent?.kind === "content") {
      const { replaces } = decodeContent(sent.content);
      await store.sent.keep(tx, row.id, held.id, sent.content, replaces);
    }
    await store.outbox.remove(tx, row.id, held.id);
    const at = { time: held.timeMs, place: placeIn(row, held.sequence) };
    if (await store.messages.arrive(tx, row.id, held.id, at, Date.now()))
      this.#changed(row.id, held.id);
  }

  /** Take up the relay's order, in which everyone else has it too. */
  async seenAgain(row: ConversationRow, held: Held): Promise<void> {
    const { tx, store } = this;
    if (await store.outbox.find(tx, row.id, held.id)) await this.ownReturned(row, held);
    await store.messages.move(tx, row.id, held.id, placeIn(row, held.sequence));
  }

  // Telling

  /** Put a notice about the conversation at the end of its timeline. */
  async notice(
    row: ConversationRow,
    envelope: Bytes,
    actor: Bytes,
    what: Notice,
    time: number,
  ): Promise<void> {
    if (row.kind === DEVICES) return; // it has no timeline
    const made = { actor, notice: what, time, order: 1000, place: null };
    await this.#addNotice(row.id, envelope, made);
  }

  /** Put a notice where the stream has what it is about. */
  async say(
    row: ConversationRow,
    held: Held,
    actor: Bytes,
    what: Notice,
    order = 0,
  ): Promise<void> {
    if (row.kind === DEVICES) return;
    const place = placeIn(row, held.sequence);
    const made = { actor, notice: what, time: held.timeMs, order, place };
    await this.#addNotice(row.id, held.id, made);
  }

  async #addNotice(
    conversation: Bytes,
    envelope: Bytes,
    made: Parameters<Store["messages"]["addNotice"]>[3],
  ): Promise<void> {
    const { tx, store } = this;
    const name = await store.messages.addNotice(tx, conversation, envelope, made);
    if (name) tellMessage(tx, store, this.tell, "message received", conversation, name);
  }

  #changed(conversation: Bytes, message: Bytes): void {
    const { tx, store, tell } = this;
    tellMessage(tx, store, tell, "message changed", conversation, message);
  }
}

function meaningIn(spoken: Spoken): Meaning {
  try {
    return meaningOf(spoken.content);
  } catch (error) {
    if (error instanceof Malformed) return { kind: "unknown" };
    throw error;
  }
}

/** When a message disappears: what was sent begins its time at once, what came when seen. */
function expiry(
  spoken: Spoken,
  isMine: boolean,
  sentAt: number,
): Pick<NewMessage, "expireAfter" | "expiresAt"> {
  const { expires } = spoken.content;
  if (!expires) return {};
  if (!expires.relative) return { expiresAt: expires.time * 1000 };
  const begun = isMine ? { expiresAt: sentAt + expires.time * 1000 } : {};
  return { expireAfter: expires.time, ...begun };
}
