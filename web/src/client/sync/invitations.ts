/**
 * What an invitation in the inbox becomes: a request, a conversation, or nothing
 * (spec/identity.md §5.4). A stranger may have written it, so nothing is shown before MLS
 * and the account's signatures have proven who is in the conversation.
 */

import { say } from "../../sentences/index.ts";
import { type Bytes, equal, hex } from "../../bytes.ts";
import { BugError, Malformed } from "../../errors.ts";
import { MLSError, OwnKeyPackage } from "../../mls/index.ts";
import type { Envelope } from "../../wire/replies.ts";
import type { Conversation } from "../core/conversation.ts";
import { type BlobRef, isBlobRef } from "../core/envelope.ts";
import { join, welcomeReferences } from "../core/founding.ts";
import { DEVICES, DIRECT } from "../core/info.ts";
import type { InviteKeys } from "../core/keys.ts";
import { cardPart } from "../core/meaning.ts";
import { decodePost, unsealPost, type WelcomePost } from "../core/posts.ts";
import type { ContactRow } from "../store/contacts.ts";
import { type ConversationRow, isDirect, present } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import type { ContactState, ConversationId, Request } from "../values.ts";
import { ownCard } from "./cards.ts";
import type { Hub } from "./hub.ts";
import { takeShelf } from "./shelf.ts";
import { introduce } from "./siblings.ts";
import { offerRejoin } from "./rejoining.ts";

/** Whose invitations need no further word from the owner. */
const KNOWN: readonly ContactState[] = ["accepted", "asked"];
/** Waiting requests; more is somebody filling the disk. */
const MOST_REQUESTS = 200;

/** An opened post; parts of it may still lie in blobs. */
export type Invitation = WelcomePost;

/** An opened post that is all here. */
export type WholeInvitation = Invitation & {
  readonly welcome: Bytes;
  readonly tree: Bytes;
};

/** An invitation that MLS has let us in by. */
export interface Joined {
  readonly post: Invitation;
  readonly machine: Conversation;
  readonly inviter: Bytes;
  /** The key packages it was for. */
  readonly used: readonly Bytes[];
}

/** Blobs to fetch before an invitation can be taken. */
export function missing({ welcome, tree }: Invitation): readonly BlobRef[] {
  return [welcome, tree].filter((part) => isBlobRef(part));
}

/** Whether nothing of an invitation lies in a blob. */
export function isWhole(invitation: Invitation): invitation is WholeInvitation {
  return missing(invitation).length === 0;
}

/** The invitation with what a blob holds in its place. */
export function withBlob(
  invitation: Invitation,
  ref: BlobRef,
  body: Bytes,
): Invitation {
  const { welcome, tree } = invitation;
  return {
    ...invitation,
    welcome: welcome === ref ? body : welcome,
    tree: tree === ref ? body : tree,
  };
}

/** Takes invitations into the store. */
export class Invitations {
  readonly #hub: Hub;
  readonly #store: Store;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#store = hub.store;
  }

  /** Decrypt a post; throws `RemoteError` if it is none. */
  static open(invite: InviteKeys, envelope: Envelope): Invitation {
    const { inboxKey, inbox } = invite;
    return decodePost(unsealPost(inboxKey, inbox, envelope.envelope, envelope.data));
  }

  /** Enter the group of an invitation; null when it is worth nothing. */
  async join(post: WholeInvitation): Promise<Joined | null> {
    try {
      const used = welcomeReferences(post.welcome);
      const { db, packages, me } = this.#store;
      const kept = await db.read((tx) => packages.privates(tx, used));
      const own = await Promise.all(kept.map((one) => OwnKeyPackage.fromBytes(one)));
      if (own.length === 0)
        throw new Malformed("An invitation is for no key package of ours.");
      const machine = await join(me, post.welcome, post.tree, own);
      return { post, machine, inviter: this.#inviter(machine, post.sender), used };
    } catch (error) {
      if (error instanceof Malformed || error instanceof MLSError) return null;
      throw error;
    }
  }

  #inviter(machine: Conversation, sender: Bytes): Bytes {
    const accounts = new Set(machine.members.map((one) => hex(one.account)));
    const { kind } = machine.info;
    const isOwn = equal(sender, this.#store.me);
    if (kind === DEVICES && accounts.size === 1 && isOwn) return sender;
    if (!accounts.has(hex(sender)) || kind === DEVICES)
      throw new Malformed("An invitation is from nobody in the conversation.");
    if (kind === DIRECT && accounts.size !== 2)
      throw new Malformed("A conversation of two has not two people in it.");
    if (kind !== DIRECT && !isOwn && !machine.circle.isAdmin(sender))
      throw new Malformed("An invitation is from somebody who may not invite.");
    return sender;
  }

  /** Make a request or a conversation of it; say whether it was worth anything. */
  async take(tx: Tx, joined: Joined, timeMs: number): Promise<boolean> {
    const { machine, inviter, used } = joined;
    const { contacts, packages, conversations } = this.#store;
    const contact = await contacts.find(tx, inviter);
    if (contact?.state === "blocked") {
      await packages.use(tx, used);
      return true;
    }
    const isKnown =
      equal(inviter, this.#store.me) ||
      (contact !== null && KNOWN.includes(contact.state));
    const state = isKnown ? "active" : "request";
    const row = await conversations.row(tx, machine.id);
    if (row) {
      const { sequence, envelope } = joined.post;
      const way = { machine, inviter, sequence, envelope, state } as const;
      const isNew = await offerRejoin(tx, this.#hub, row, way);
      if (isNew) await packages.use(tx, used);
      return isNew;
    }
    if (!isKnown && (await this.#isFlooded(tx))) return false;
    await packages.use(tx, used);
    await this.#keep(tx, joined, isKnown, timeMs);
    return true;
  }

  #other(machine: Conversation): Bytes | null {
    const { me } = this.#store;
    return machine.members.find((one) => !equal(one.account, me))?.account ?? null;
  }

  async #isFlooded(tx: Tx): Promise<boolean> {
    const rows = await this.#store.conversations.all(tx);
    return rows.filter((one) => one.state === "request").length >= MOST_REQUESTS;
  }

  async #keep(tx: Tx, joined: Joined, isKnown: boolean, timeMs: number): Promise<void> {
    const { machine, inviter, post } = joined;
    const store = this.#store;
    const hub = this.#hub;
    for (const { account, name } of machine.members)
      if (!equal(account, store.me)) await store.contacts.meet(tx, account, name);
    await store.groups.add(tx, machine, {
      state: isKnown ? "active" : "request",
      createdAt: timeMs,
      inviter,
      note: post.note,
      peer: machine.info.kind === DIRECT ? this.#other(machine) : null,
      isOnRelay: true,
      sequence: post.sequence,
      envelope: post.envelope,
    });
    const row = present(await store.conversations.row(tx, machine.id));
    if (!isKnown) {
      await this.#ask(tx, row);
      return;
    }
    await store.account.rememberRelay(tx, machine.info.relay, null, false);
    if (row.kind === DEVICES) {
      await introduce(tx, hub);
      await takeShelf(tx, store);
    }
    if (isDirect(row) && !equal(inviter, store.me))
      // Whoever asks learns by the card that they were accepted.
      await hub.compose(tx, row.id, cardPart(await ownCard(tx, store)));
    tx.afterCommit(() => {
      hub.openConversation(row.id);
    });
  }

  async #ask(tx: Tx, row: ConversationRow): Promise<void> {
    const request = await requestOf(tx, this.#store, row);
    const { sender, warning } = request;
    tx.afterCommit(() => {
      this.#hub.tell({ type: "requested", request });
      if (warning)
        this.#hub.tell({
          type: "identity warning",
          contact: sender,
          said: warning,
        });
    });
  }
}

/** Return a request as faces show it. */
export async function requestOf(
  tx: Tx,
  store: Store,
  row: ConversationRow,
): Promise<Request> {
  const contact: ContactRow | null =
    row.inviter && (await store.contacts.find(tx, row.inviter));
  if (!contact) throw new BugError("A request is from nobody.");
  const sender = await store.contacts.shown(tx, contact);
  return {
    sender,
    conversation: hex(row.id) as ConversationId,
    kind: isDirect(row) ? "direct" : "group",
    title: row.title || contact.name,
    note: row.note,
    receivedAt: row.createdAt,
    warning: sender.sameName
      ? say("same name", { name: contact.name, fingerprint: sender.fingerprint })
      : null,
  };
}
