/** How people come together: adding and accepting. */

import { type Bytes, equal, hex } from "../bytes.ts";
import { BugError, LocalError, Malformed, UsageError } from "../errors.ts";
import { INVITE, type InviteLink, parseInviteLink } from "../wire/invites.ts";
import type { Conversation as Machine } from "./core/conversation.ts";
import { found } from "./core/founding.ts";
import { DIRECT, GROUP } from "./core/info.ts";
import { cardPart } from "./core/meaning.ts";
import { LONGEST_NOTE } from "./core/posts.ts";
import { byteLength } from "./core/texts.ts";
import { findContact, findRequest } from "./finding.ts";
import type { RelayRow } from "./store/accounts.ts";
import { type ContactRow, linkOf, shownContact } from "./store/contacts.ts";
import { type ConversationRow, present } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import type { Store } from "./store/home.ts";
import { shownConversation } from "./store/overview.ts";
import { ownCard } from "./sync/cards.ts";
import type { Hub } from "./sync/hub.ts";
import { announce } from "./sync/siblings.ts";
import { ownIdentity } from "./sync/identities.ts";
import type { Contact, Conversation, ConversationId } from "./values.ts";

/** Begin a conversation with the owner of a link. Throws `UsageError`. */
export async function add(hub: Hub, text: string, note: string): Promise<Conversation> {
  const link = readLink(hub, text);
  if (byteLength(note) > LONGEST_NOTE)
    throw new UsageError("long note", { most: LONGEST_NOTE });
  const { store } = hub;
  const known = await store.db.write(async (tx) => {
    const found = await findKnown(tx, hub, link.account);
    const contact = await store.contacts.find(tx, link.account);
    // Where one talks already, their card is taken up.
    if (found?.state === "active" && contact)
      await store.contacts.save(tx, { ...contact, card: INVITE.write(link) });
    return found;
  });
  return known ? enter(hub, known) : ask(hub, link, note);
}

/** Talk with a contact: where one talks already, or anew by their card. Throws `UsageError`. */
export async function talk(hub: Hub, account: string): Promise<Conversation> {
  const { store } = hub;
  const [contact, known] = await store.db.read(async (tx) => {
    const found = await findContact(tx, store, account);
    return [found, await findKnown(tx, hub, found.account)] as const;
  });
  if (known) return enter(hub, known);
  const link = linkOf(contact);
  if (!link) throw new UsageError("no link of theirs", { name: contact.name });
  return ask(hub, link, "");
}

/** A request of theirs is thereby accepted. */
function enter(hub: Hub, known: ConversationRow): Promise<Conversation> {
  const { store } = hub;
  return known.state === "request"
    ? accept(hub, hex(known.id))
    : store.db.read((tx) => shownConversation(tx, store, known));
}

async function ask(hub: Hub, link: InviteLink, note: string): Promise<Conversation> {
  const { store } = hub;
  const machine = await make(hub, DIRECT, "");
  return store.db.write(async (tx) => {
    const contact = await store.contacts.find(tx, link.account);
    const name = contact?.name ?? (link.name || "somebody");
    const verified = contact?.verified ?? false;
    const card = INVITE.write(link);
    const asked: ContactRow = {
      account: link.account,
      name,
      state: "asked",
      verified,
      card,
    };
    await saveContact(tx, hub, asked);
    await keep(tx, hub, machine, { peer: link.account, note });
    const want = { kind: "member", account: link.account, package: null } as const;
    await store.wants.add(tx, machine.id, want);
    await hub.compose(tx, machine.id, cardPart(await ownCard(tx, store)));
    return begun(tx, hub, machine.id);
  });
}

/** The conversation of two that there is with somebody, or their request. */
async function findKnown(
  tx: Tx,
  { store }: Hub,
  account: Bytes,
): Promise<ConversationRow | null> {
  const contact = await store.contacts.find(tx, account);
  if (contact?.state === "blocked")
    throw new UsageError("is blocked", { name: contact.name });
  const rows = await store.conversations.all(tx);
  const known = rows.filter((row) => row.peer && equal(row.peer, account));
  const find = (state: ConversationRow["state"]): ConversationRow | undefined =>
    known.find((row) => row.state === state);
  return find("request") ?? find("active") ?? find("joining") ?? null;
}

/** Accept a request: read the conversation, and answer with our card. */
export async function accept(hub: Hub, id: string): Promise<Conversation> {
  const { store } = hub;
  const request = await store.db.read((tx) => findRequest(tx, store, id));
  const machine = await store.groups.load(store.db, request.id);
  if (!machine) throw new BugError("A request has no group.");
  return store.db.write(async (tx) => {
    const row = await findRequest(tx, store, id);
    await store.conversations.change(tx, row.id, { state: "active" });
    await store.account.rememberRelay(tx, machine.info.relay, null, false);
    const contact = row.inviter && (await store.contacts.find(tx, row.inviter));
    if (contact && row.kind === DIRECT)
      await saveContact(tx, hub, { ...contact, state: "accepted" });
    if (row.kind === DIRECT)
      await hub.compose(tx, row.id, cardPart(await ownCard(tx, store)));
    const { name } = store.profile;
    const isNamed = machine.members.some(
      (one) => equal(one.account, store.me) && one.name === name,
    );
    if (!isNamed) await store.wants.add(tx, row.id, { kind: "name", name });
    await answered(tx, hub, row.id, true);
    return begun(tx, hub, row.id);
  });
}

/** Every account this one knows, by name. */
export function contacts(store: Store): Promise<readonly Contact[]> {
  return store.db.read(async (tx) => {
    const rows = await store.contacts.all(tx);
    return rows.map((one) => shownContact(one, rows));
  });
}

/** Write a contact, and tell that it has changed. */
export async function saveContact(
  tx: Tx,
  hub: Hub,
  contact: ContactRow,
): Promise<Contact> {
  await hub.store.contacts.save(tx, contact);
  await announce(tx, hub, { kind: "contact", ...contact });
  const shown = await hub.store.contacts.shown(tx, contact);
  tx.afterCommit(() => {
    hub.tell({ type: "contact changed", contact: shown });
  });
  return shown;
}

/** Make the group of a new conversation. */
export async function make(hub: Hub, kind: number, title: string): Promise<Machine> {
  const { store } = hub;
  const info = {
    kind,
    title,
    admins: kind === GROUP ? [store.me] : [],
    stream: hub.entropy(16),
    relay: homeRelay(hub).descriptor,
  };
  const identity = await ownIdentity(store.profile);
  const { entropy } = hub;
  try {
    const { name } = store.profile;
    return await found(store.me, identity, name, { info, now: hub.now(), entropy });
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    throw new UsageError("odd title");
  }
}

/** Keep a new conversation. */
export function keep(
  tx: Tx,
  hub: Hub,
  machine: Machine,
  more: { readonly peer?: Bytes; readonly note?: string },
): Promise<void> {
  const [createdAt, inviter] = [hub.now(), hub.store.me];
  return hub.store.groups.add(tx, machine, {
    state: "active",
    createdAt,
    inviter,
    ...more,
  });
}

/** The relay a new conversation lives on: ours, and up if one is. */
function homeRelay(hub: Hub): RelayRow {
  const mine = hub.store.account.known.filter((one) => one.isMine);
  const up = mine.find(
    (one) => hub.lineOf(one.descriptor.key)?.status.type === "connected",
  );
  const chosen = up ?? mine[0];
  if (!chosen) throw new UsageError("no relay");
  return chosen;
}

function readLink(hub: Hub, text: string): InviteLink {
  let link: InviteLink;
  try {
    link = parseInviteLink(text);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UsageError(error.said?.code ?? "link damaged");
  }
  if (equal(link.account, hub.store.me)) throw new UsageError("own link");
  return link;
}

/** Have a conversation followed, and return it. */
export async function begun(
  tx: Tx,
  hub: Hub,
  conversation: Bytes,
): Promise<Conversation> {
  const { store } = hub;
  const row = present(await store.conversations.row(tx, conversation));
  tx.touch(hex(conversation));
  tx.afterCommit(() => {
    hub.openConversation(conversation);
    hub.wake(conversation);
    hub.courier?.wake();
  });
  return shownConversation(tx, store, row);
}

/** Tell that a request waits no more, here and on the other devices. */
export async function answered(
  tx: Tx,
  hub: Hub,
  conversation: Bytes,
  accepted: boolean,
): Promise<void> {
  await announce(tx, hub, { kind: "request", conversation, accepted });
  const id = hex(conversation) as ConversationId;
  tx.afterCommit(() => {
    hub.tell({ type: "request gone", conversation: id });
  });
}
