/** Conversations in the store: what they are, how far they were read, how they are shown. */

import { type Bytes, fromHex, hex } from "../../bytes.ts";
import { BugError } from "../../errors.ts";
import { NO_ENVELOPE } from "../../wire/requests.ts";
import type { Value } from "../core/cbor.ts";
import { DIRECT } from "../core/info.ts";
import type { ConversationState } from "../values.ts";
import { blob, flag, list, maybe, number, text, word } from "./columns.ts";
import type { Row, Tx } from "./database.ts";
import { OF_A_CONVERSATION } from "./schema.ts";
import { type MessageRow, readMessage, secretOf } from "./timeline.ts";
import { TransferTable } from "./transfers.ts";

/** One conversation without its group; times in milliseconds, `timer` in seconds. */
export interface ConversationRow {
  readonly number: number | null;
  readonly id: Bytes;
  readonly kind: number;
  readonly title: string;
  readonly state: ConversationState;
  readonly peer: Bytes | null;
  readonly inviter: Bytes | null;
  readonly note: string;
  readonly relay: Bytes;
  readonly stream: Bytes;
  readonly isOnRelay: boolean;
  readonly isRestored: boolean;
  readonly sequence: number;
  readonly envelope: Bytes;
  readonly timer: number;
  /** Up to which arrival everything was seen. */
  readonly seen: number;
  /** How many have arrived. */
  readonly arrivals: number;
  readonly createdAt: number;
  readonly placeBase: number;
  /** When this device last gave the group new keys of its own; 0: never. */
  readonly freshenedAt: number;
  /** The relay may have lost something while this device was out. */
  readonly isDoubtful: boolean;
  readonly memberCount: number;
  readonly isAdmin: boolean;
  readonly muted: boolean;
  readonly archived: boolean;
  readonly pinned: boolean;
  readonly draft: string;
  readonly summary: Summary;
}

/** What the list of conversations shows, kept with the row; see `summaries.ts`. */
export interface Summary {
  readonly last: MessageRow | null;
  readonly unread: number;
  readonly mentioned: boolean;
  readonly queued: number;
}

/** What a new conversation is. */
export type NewConversation = Pick<
  ConversationRow,
  "id" | "kind" | "title" | "state" | "relay" | "stream" | "createdAt"
> &
  Partial<ConversationRow>;

const STATES: readonly ConversationState[] = [
  "request",
  "active",
  "joining",
  "leaving",
  "left",
  "removed",
  "broken",
];

const EMPTY: Omit<ConversationRow, Exclude<keyof NewConversation, "number">> &
  Partial<ConversationRow> = {
  number: null,
  peer: null,
  inviter: null,
  note: "",
  isOnRelay: false,
  isRestored: false,
  sequence: 0,
  envelope: NO_ENVELOPE,
  timer: 0,
  seen: 0,
  arrivals: 0,
  placeBase: 0,
  freshenedAt: 0,
  isDoubtful: false,
  memberCount: 0,
  isAdmin: false,
  muted: false,
  archived: false,
  pinned: false,
  draft: "",
  summary: { last: null, unread: 0, mentioned: false, queued: 0 },
};

/** Where something at a place of the stream stands in the timeline. */
export function placeIn(row: ConversationRow, sequence: number): number {
  return row.placeBase + sequence;
}

/** Whether a conversation is between two people. */
export function isDirect(row: ConversationRow): boolean {
  return row.kind === DIRECT;
}

/** Reads and writes conversations; within a transaction each is read and written once. */
export class ConversationTable {
  /** Write a new conversation. */
  add(tx: Tx, one: NewConversation): void {
    this.#keep(tx, hex(one.id), { ...(EMPTY as ConversationRow), ...one });
  }

  /** Return one conversation. */
  async row(tx: Tx, conversation: Bytes): Promise<ConversationRow | null> {
    const id = hex(conversation);
    const kept = rowsOf(tx).get(id);
    if (kept !== undefined) return kept;
    const found = await tx.first("conversations", "id", id);
    const row = found && conversationOf(found);
    rowsOf(tx).set(id, row);
    return row;
  }

  /** Return every conversation, the oldest first. */
  async all(tx: Tx): Promise<readonly ConversationRow[]> {
    const stored = (await tx.all("conversations")).map(conversationOf);
    const kept = rowsOf(tx);
    const rows = stored.map((row) => {
      const newer = kept.get(hex(row.id));
      return newer === undefined ? row : newer;
    });
    const fresh = [...kept.values()].filter((row) => row?.number === null);
    return [...rows, ...fresh].filter((row) => row !== null);
  }

  /** Change what is said of a conversation; nothing, if it is not there any more. */
  async change(
    tx: Tx,
    conversation: Bytes,
    change: Partial<ConversationRow>,
  ): Promise<void> {
    const row = await this.row(tx, conversation);
    if (row) this.#keep(tx, hex(conversation), { ...row, ...change });
  }

  /** Forget a conversation and all in it. */
  async delete(tx: Tx, conversation: Bytes): Promise<void> {
    const id = hex(conversation);
    const row = await this.row(tx, conversation);
    rowsOf(tx).set(id, null);
    if (row?.number) await tx.delete("conversations", row.number);
    await new TransferTable().forgetAll(tx, conversation);
    for (const table of OF_A_CONVERSATION)
      await tx.delete(table, IDBKeyRange.bound([id], [id, []]));
    await tx.delete("groups", id);
    await tx.delete("ratchets", id);
    const range = IDBKeyRange.bound([id], [id, []]);
    await tx.deleteAll("messages", "id", range);
    await tx.deleteAll("outbox", "envelope", range);
    await tx.deleteAll("intents", "conversation", id);
  }

  #keep(tx: Tx, id: string, row: ConversationRow): void {
    rowsOf(tx).set(id, row);
    tx.touch(id);
    tx.atLast(`conversation ${id}`, async () => {
      const newest = rowsOf(tx).get(id);
      if (newest) await write(tx, id, newest);
    });
  }
}

type Rows = Map<string, ConversationRow | null>;
const ROWS = new WeakMap<Tx, Rows>();

/** The conversations that a transaction has read or changed. */
function rowsOf(tx: Tx): Rows {
  let rows = ROWS.get(tx);
  if (!rows) {
    rows = new Map();
    ROWS.set(tx, rows);
  }
  return rows;
}

async function write(tx: Tx, id: string, row: ConversationRow): Promise<void> {
  const fields = row.number === null ? { id } : { id, number: row.number };
  const { last } = row.summary;
  const key = await tx.put("conversations", fields, [
    [row.kind, row.title, row.state, row.peer, row.inviter, row.note],
    [row.relay, row.stream, row.isOnRelay, row.isRestored, row.isDoubtful],
    [row.sequence, row.envelope, row.placeBase, row.seen, row.arrivals],
    [row.timer, row.createdAt, row.freshenedAt, row.memberCount, row.isAdmin],
    [row.muted, row.archived, row.pinned, row.draft],
    [
      row.summary.unread,
      row.summary.mentioned,
      row.summary.queued,
      last && [last.number, last.id, secretOf(last)],
    ],
  ]);
  rowsOf(tx).set(id, { ...row, number: number(key) });
}

function conversationOf(row: Row): ConversationRow {
  const id = fromHex(text(row.fields.id));
  const [what, where, read, times, shown, summary] = row.secret;
  const [kind, title, state, peer, inviter, note] = list(what);
  const [relay, stream, isOnRelay, isRestored, isDoubtful] = list(where);
  const [sequence, envelope, placeBase, seen, arrivals] = list(read);
  const [timer, createdAt, freshenedAt, memberCount, isAdmin] = list(times);
  const [muted, archived, pinned, draft] = list(shown);
  return {
    number: number(row.fields.number),
    id,
    kind: number(kind),
    title: text(title),
    state: word(state, STATES),
    peer: maybe(peer, blob),
    inviter: maybe(inviter, blob),
    note: text(note),
    relay: blob(relay),
    stream: blob(stream),
    isOnRelay: flag(isOnRelay),
    isRestored: flag(isRestored),
    isDoubtful: flag(isDoubtful),
    sequence: number(sequence),
    envelope: blob(envelope),
    placeBase: number(placeBase),
    seen: number(seen),
    arrivals: number(arrivals),
    timer: number(timer),
    createdAt: number(createdAt),
    freshenedAt: number(freshenedAt),
    memberCount: number(memberCount),
    isAdmin: flag(isAdmin),
    muted: flag(muted),
    archived: flag(archived),
    pinned: flag(pinned),
    draft: text(draft),
    summary: summaryOf(id, list(summary)),
  };
}

function summaryOf(conversation: Bytes, values: readonly Value[]): Summary {
  const [unread, mentioned, queued, last] = values;
  return {
    unread: number(unread),
    mentioned: flag(mentioned),
    queued: number(queued),
    last: maybe(last, (value) => {
      const [place, id, secret] = list(value as Value);
      return readMessage(number(place), conversation, blob(id), list(secret));
    }),
  };
}

/** Return a conversation that must be there. */
export function present(row: ConversationRow | null): ConversationRow {
  if (!row) throw new BugError("A conversation is not there any more.");
  return row;
}
