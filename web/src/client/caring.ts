/** What is done to a conversation itself: groups begun, members, admins, title, relay, leaving. */

import { type Bytes, equal, hex } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { DIRECT, GROUP, LONGEST_TITLE } from "./core/info.ts";
import { byteLength, isPrintable } from "./core/texts.ts";
import type { Want } from "./core/wants.ts";
import { ownDevice } from "./core/people.ts";
import {
  accountOf,
  bytesOf,
  findContact,
  findConversation,
  findMessage,
  findWritable,
  roomOf,
} from "./finding.ts";
import { begun, keep, make } from "./meeting.ts";
import type { ContactRow } from "./store/contacts.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import { relayName } from "./store/overview.ts";
import type { Hub } from "./sync/hub.ts";
import type { Conversation } from "./values.ts";
import { changed, isMe } from "./writing.ts";

/** Begin a group. Throws `UsageError`. */
export async function newGroup(
  hub: Hub,
  title: string,
  members: readonly string[],
): Promise<Conversation> {
  const { store } = hub;
  const machine = await make(hub, GROUP, title.trim());
  return store.db.write(async (tx) => {
    await keep(tx, hub, machine, {});
    for (const one of members) {
      const contact = await findContact(tx, store, one);
      checkAddable(contact);
      const want = { kind: "member", account: contact.account, package: null } as const;
      await store.wants.add(tx, machine.id, want);
    }
    return begun(tx, hub, machine.id);
  });
}

/** Say whether a contact can be added to a group; throws `UsageError`. */
function checkAddable(contact: ContactRow): void {
  if (contact.state === "blocked")
    throw new UsageError("is blocked", { name: contact.name });
  if (contact.card === null)
    throw new UsageError("no link of theirs", { name: contact.name });
}

/** Add contacts to a group. */
export async function addMembers(
  hub: Hub,
  id: string,
  accounts: readonly string[],
): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const row = await findGroup(tx, hub, id);
    const wants: Want[] = [];
    for (const one of accounts) {
      const contact = await findContact(tx, store, one);
      checkAddable(contact);
      if (await store.members.find(tx, row.id, contact.account))
        throw new UsageError("member already", { name: contact.name });
      wants.push({ kind: "member", account: contact.account, package: null });
    }
    await want(tx, hub, row, wants);
  });
}

/** Remove a member from a group. */
export async function removeMember(
  hub: Hub,
  id: string,
  member: string,
): Promise<void> {
  const account = accountOf(member);
  if (isMe(hub, account)) throw new UsageError("leave instead");
  await hub.store.db.write(async (tx) => {
    const row = await findGroup(tx, hub, id);
    await checkMember(tx, hub, row, account);
    await want(tx, hub, row, [{ kind: "gone", account }]);
  });
}

/** Make a member an admin or a plain member. */
export async function setAdmin(
  hub: Hub,
  id: string,
  member: string,
  isAdmin: boolean,
): Promise<void> {
  const account = accountOf(member);
  await hub.store.db.write(async (tx) => {
    const row = await findGroup(tx, hub, id);
    await checkMember(tx, hub, row, account);
    const members = await hub.store.members.of(tx, row.id);
    const others = members.filter((one) => !equal(one.account, account));
    if (!isAdmin && !others.some((one) => one.isAdmin))
      throw new UsageError("admin needed");
    await want(tx, hub, row, [{ kind: "admin", account, isAdmin }]);
  });
}

/** Give a group another title. */
export async function renameGroup(hub: Hub, id: string, title: string): Promise<void> {
  const plain = title.trim();
  const size = byteLength(plain);
  if (size < 1 || size > LONGEST_TITLE || !isPrintable(plain))
    throw new UsageError("long title", { most: LONGEST_TITLE });
  await hub.store.db.write(async (tx) => {
    const row = await findGroup(tx, hub, id);
    await want(tx, hub, row, [{ kind: "title", title: plain }]);
  });
}

/** Leave; where nobody else is, the conversation just ends. */
export async function leave(hub: Hub, id: string): Promise<void> {
  const { store } = hub;
  const machine = await store.groups.load(store.db, roomOf(id));
  await store.db.write(async (tx) => {
    const row = await findWritable(tx, store, id);
    const siblings = machine?.siblings ?? [];
    const isLast = row.memberCount <= 1;
    const state = isLast ? "left" : "leaving";
    await store.conversations.change(tx, row.id, { state });
    // The other devices of the account go first (spec/devices.md §6).
    for (const { device } of siblings)
      await store.wants.add(tx, row.id, { kind: "device gone", device });
    if (!isLast && siblings.length === 0) await hub.proposeLeaving(tx, row.id);
    tx.afterCommit(() => {
      hub.wake(row.id);
    });
  });
}

/** Move a conversation to another relay of ours, by the first characters of its key. */
export async function move(hub: Hub, id: string, relay: string): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const row = await findWritable(tx, store, id);
    if (row.kind !== DIRECT) await findGroup(tx, hub, id);
    const mine = store.account.known.filter(
      (one) =>
        one.isMine && relay.length >= 4 && hex(one.descriptor.key).startsWith(relay),
    );
    const [target] = mine;
    if (!target || mine.length > 1) throw new UsageError("no such relay");
    if (equal(target.descriptor.key, row.relay))
      throw new UsageError("lives there", { relay: relayName(row.relay) });
    const stream = hub.entropy(16);
    await want(tx, hub, row, [{ kind: "move", relay: target.descriptor, stream }]);
  });
}

/** Pin a message for this device, or take the pin out. */
export async function pinMessage(
  hub: Hub,
  id: string,
  message: string,
  pinned: boolean,
): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const row = await findConversation(tx, store, id);
    const target = await findMessage(tx, store, row.id, message);
    if (!(await store.messages.pin(tx, row.id, target.id, pinned)))
      throw new UsageError("not pinned");
    await changed(tx, hub, row.id, target.id);
  });
}

/** Forget a conversation that is over, on this device. */
export async function forget(hub: Hub, id: string): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const row = await findConversation(tx, store, id);
    if (row.state === "active" || row.state === "leaving")
      throw new UsageError("leave first");
    await store.conversations.delete(tx, row.id);
    tx.touch(id);
  });
}

/** Put a device of this account out of everything it is in (spec/devices.md §7). */
export async function removeDevice(hub: Hub, id: string): Promise<void> {
  const device = bytesOf(id, 8, "no device");
  const { store } = hub;
  if (equal(device, ownDevice(store.profile.credential)))
    throw new UsageError("this device");
  await store.db.write(async (tx) => {
    const known = await store.devices.all(tx);
    if (!known.some((one) => equal(one.id, device))) throw new UsageError("no device");
    await store.devices.forget(tx, device);
    for (const row of await store.conversations.all(tx))
      if (row.state === "active")
        await want(tx, hub, row, [{ kind: "device gone", device }]);
    tx.afterCommit(() => {
      hub.devicesChanged();
    });
  });
}

async function want(
  tx: Tx,
  hub: Hub,
  row: ConversationRow,
  wants: readonly Want[],
): Promise<void> {
  for (const one of wants) await hub.store.wants.add(tx, row.id, one);
  tx.afterCommit(() => {
    hub.wake(row.id);
    hub.courier?.wake();
  });
}

async function findGroup(tx: Tx, hub: Hub, id: string): Promise<ConversationRow> {
  const row = await findWritable(tx, hub.store, id);
  if (row.kind === DIRECT) throw new UsageError("two people");
  if (!row.isAdmin) throw new UsageError("admins only");
  return row;
}

async function checkMember(
  tx: Tx,
  hub: Hub,
  row: ConversationRow,
  account: Bytes,
): Promise<void> {
  if (!(await hub.store.members.find(tx, row.id, account)))
    throw new UsageError("no member");
}
