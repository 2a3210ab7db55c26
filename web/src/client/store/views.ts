/** Messages as faces show them: names, reactions, states and files put together. */

import { reasonOf } from "../../sentences/index.ts";
import { type Bytes, equal, hex } from "../../bytes.ts";
import { messageId } from "../core/content.ts";
import type {
  AccountId,
  Attachment,
  ConversationId,
  Message,
  MessageId,
  MessageState,
  Notice,
  Page,
  Quote,
} from "../values.ts";
import type { ContactTable } from "./contacts.ts";
import type { ConversationTable } from "./conversations.ts";
import { type Tx, under } from "./database.ts";
import type { MemberTable } from "./members.ts";
import type { MessageTable } from "./messages.ts";
import { LATEST, messageOf, type MessageRow } from "./timeline.ts";
import { type TransferTable, unpackFile } from "./transfers.ts";

/** The edge of a page; the newest messages without one. */
export interface Edge {
  readonly before?: Bytes;
  readonly after?: Bytes;
  readonly around?: Bytes;
}

/** The tables that a view is put together from. */
export interface Sources {
  readonly me: Bytes;
  readonly contacts: ContactTable;
  readonly conversations: ConversationTable;
  readonly members: MemberTable;
  readonly messages: MessageTable;
  readonly transfers: TransferTable;
}

/** What one place of the stream may hold, as a fraction of it. */
const STEPS = 2 ** 20;

/** Reads messages for faces. */
export class MessageViews {
  readonly #from: Sources;

  constructor(sources: Sources) {
    this.#from = sources;
  }

  /** Return one message. */
  async one(tx: Tx, conversation: Bytes, message: Bytes): Promise<Message | null> {
    const row = await this.#from.messages.find(tx, conversation, message);
    return row && this.shown(tx, row);
  }

  /** Return up to `limit` messages at an edge, the oldest first. */
  async page(tx: Tx, conversation: Bytes, edge: Edge, limit: number): Promise<Page> {
    const id = hex(conversation);
    const at = edge.before ?? edge.after ?? edge.around;
    const row = at ? await this.#from.messages.find(tx, conversation, at) : null;
    const key = row && [id, row.place ?? LATEST, row.number ?? 0];
    const older = key ? IDBKeyRange.bound([id], key, false, true) : under(id);
    const newer = key ? IDBKeyRange.bound(key, [id, []], true) : null;
    const isAround = row !== null && edge.around !== undefined;
    const half = Math.floor(limit / 2);
    const back = edge.after && row ? 0 : isAround ? half : limit;
    const ahead = !newer || (edge.before && row) ? 0 : isAround ? limit - half : limit;
    const before = back ? await tx.latest("messages", "inOrder", older, back + 1) : [];
    const after =
      newer && ahead ? await tx.all("messages", "inOrder", newer, ahead + 1) : [];
    const rows = [
      ...before.slice(0, back).reverse().map(messageOf),
      ...(isAround ? [row] : []),
      ...after.slice(0, ahead).map(messageOf),
    ];
    return {
      messages: await this.all(tx, rows),
      hasOlder: back > 0 ? before.length > back : row !== null,
      hasNewer: ahead > 0 ? after.length > ahead : row !== null,
    };
  }

  /** Return an account's name as it is known in a conversation. */
  async name(tx: Tx, conversation: Bytes, account: Bytes): Promise<string> {
    const member = await this.#from.members.find(tx, conversation, account);
    if (member) return member.name;
    const contact = await this.#from.contacts.find(tx, account);
    return contact?.name ?? "";
  }

  /** Return messages as faces show them. */
  async all(tx: Tx, rows: readonly MessageRow[]): Promise<readonly Message[]> {
    const names = new Map<string, string>();
    const shown: Message[] = [];
    for (const row of rows) shown.push(await this.shown(tx, row, names));
    return shown;
  }

  /** Return a message as faces show it; `names` are those that are known already. */
  async shown(
    tx: Tx,
    row: MessageRow,
    names = new Map<string, string>(),
  ): Promise<Message> {
    const name = async (account: Bytes): Promise<string> => {
      const key = hex(account);
      const known = names.get(key) ?? (await this.name(tx, row.conversation, account));
      names.set(key, known);
      return known;
    };
    const { me } = this.#from;
    const reactions = [];
    for (const { account, emoji } of row.reactions)
      reactions.push({
        account: hex(account) as AccountId,
        name: await name(account),
        emoji,
        isMine: equal(account, me),
      });
    const readBy = row.receipts.filter((one) => one.isRead).length;
    return {
      id: hex(row.id) as MessageId,
      conversation: hex(row.conversation) as ConversationId,
      sender: hex(row.sender) as AccountId,
      name: await name(row.sender),
      isMine: equal(row.sender, me),
      time: row.time,
      place: shownPlace(row),
      text: row.text,
      mentions: row.mentions.map((one) => ({
        ...one,
        account: hex(one.account) as AccountId,
      })),
      state: await this.#state(tx, row, readBy),
      notice: row.notice && shownNotice(row.notice),
      reason: row.reason === null ? null : reasonOf(row.reason),
      replyTo: row.replyTo && (await this.#quote(tx, row, row.replyTo, name)),
      edited: row.edited,
      deleted: row.deleted,
      attachment: row.attachment && (await this.#attachment(tx, row, row.attachment)),
      reactions,
      expiresAt: row.expiresAt,
      deliveredTo: row.receipts.length,
      readBy,
      pinned: row.pinned,
    };
  }

  async #state(tx: Tx, row: MessageRow, readBy: number): Promise<MessageState> {
    if (row.state !== "on the relay") return row.state;
    const conversation = await this.#from.conversations.row(tx, row.conversation);
    const others = (conversation?.memberCount ?? 0) - 1;
    if (others < 1 || row.receipts.length < others) return row.state;
    return readBy >= others ? "read" : "delivered";
  }

  async #quote(
    tx: Tx,
    row: MessageRow,
    target: Bytes,
    name: (account: Bytes) => Promise<string>,
  ): Promise<Quote> {
    const id = messageId(target);
    const found = await this.#from.messages.find(tx, row.conversation, id);
    return {
      id: hex(id) as MessageId,
      name: found ? await name(found.sender) : "",
      text: found ? excerpt(found) : "",
      isMine: found !== null && equal(found.sender, this.#from.me),
      deleted: found?.deleted ?? false,
    };
  }

  async #attachment(tx: Tx, row: MessageRow, packed: Bytes): Promise<Attachment> {
    const { file, media } = unpackFile(packed);
    const { name, mediaType, size } = file;
    const find = (isUpload: boolean) =>
      this.#from.transfers.find(tx, row.conversation, row.id, isUpload);
    const moving = (await find(true)) ?? (await find(false));
    const state = moving?.state ?? "offered";
    const moved = state === "done" ? size : Math.min(moving?.moved ?? 0, size);
    return { name, mediaType, size, state, moved, media };
  }
}

/** A number that sorts a timeline: the place in the stream, then the order of making. */
function shownPlace(row: MessageRow): number {
  if (row.place === null) return LATEST + (row.number ?? 0);
  return row.place + ((row.number ?? 0) % STEPS) / STEPS;
}

function excerpt(row: MessageRow): string {
  if (row.text === "" && row.attachment) return unpackFile(row.attachment).file.name;
  return Array.from(row.text).slice(0, 200).join("");
}

/** What was wanted and refused says why, by the code that was stored. */
function shownNotice(notice: Notice): Notice {
  return notice.kind === "refused want"
    ? { ...notice, why: reasonOf(notice.detail) }
    : notice;
}
