/**
 * The other devices of this account: the conversation they have among themselves, who is
 * wanted where, and what a new one is told (spec/devices.md §5 and §6).
 */

import { type Bytes, equal } from "../../bytes.ts";
import type { Conversation } from "../core/conversation.ts";
import type { Entry } from "../core/entries.ts";
import { DEVICES } from "../core/info.ts";
import { ownDevice } from "../core/people.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { DeviceRow } from "../store/devices.ts";
import type { Store } from "../store/home.ts";
import type { DeviceId } from "../values.ts";
import { hex } from "../../bytes.ts";
import type { Hub } from "./hub.ts";
import { others } from "./others.ts";
import type { Tell } from "./telling.ts";

/** Return the conversation of this account's devices, if it is in one. */
export async function devicesRoom(
  tx: Tx,
  store: Store,
): Promise<ConversationRow | null> {
  const rows = await store.conversations.all(tx);
  return rows.find((row) => row.kind === DEVICES && row.state === "active") ?? null;
}

/** Whether another device has taken this one out of the account. */
export async function isCutOff(tx: Tx, store: Store): Promise<boolean> {
  const rooms = (await store.conversations.all(tx)).filter(
    (row) => row.kind === DEVICES,
  );
  return rooms.length > 0 && rooms.every((row) => row.state !== "active");
}

/** Tell which devices the account has, once the transaction is on disk. */
export function tellDevices(tx: Tx, store: Store, tell: Tell): void {
  tx.atLast("devices", async () => {
    const own = ownDevice(store.profile.credential);
    const devices = (await store.devices.all(tx)).map(({ id, name, linkedAt }) => ({
      id: hex(id) as DeviceId,
      name,
      isThis: equal(id, own),
      linkedAt,
    }));
    tx.afterCommit(() => {
      tell({ type: "devices changed", devices });
    });
  });
}

/** Tell the other devices something; nothing where there are none. */
export async function announce(tx: Tx, hub: Hub, entry: Entry): Promise<void> {
  const room = await devicesRoom(tx, hub.store);
  if (room) await hub.compose(tx, room.id, others().entryPart(entry));
}

/** Tell the other devices how this one is called: until then it is pending to them. */
export async function introduce(tx: Tx, hub: Hub): Promise<void> {
  const { devices, profile } = hub.store;
  const id = ownDevice(profile.credential);
  const own = (await devices.all(tx)).find((one) => equal(one.id, id));
  if (own) await announce(tx, hub, named(own));
}

/** What is said of a device. */
export function named({ id, name, linkedAt }: DeviceRow): Entry {
  const seconds = Math.floor(linkedAt / 1000);
  return { kind: "device", device: id, name, linkedAt: seconds };
}

/** Want every device of the account in a conversation, and none that was removed. */
export async function wantDevices(
  tx: Tx,
  hub: Hub,
  conversation: Bytes,
  machine: Conversation,
): Promise<boolean> {
  const { store } = hub;
  const listed = await store.devices.all(tx);
  const own = ownDevice(store.profile.credential);
  const inside = machine.members.filter((one) => equal(one.account, store.me));
  const wanted = (await store.wants.of(tx, conversation)).map(({ want }) =>
    want.kind === "device" ? hex(want.device) : "",
  );
  let isNew = false;
  for (const { id } of listed) {
    const isIn = equal(id, own) || inside.some((one) => equal(one.device, id));
    if (isIn || wanted.includes(hex(id))) continue;
    await store.wants.add(tx, conversation, {
      kind: "device",
      device: id,
      package: null,
    });
    isNew = true;
  }
  return isNew;
}
