/** A new device of this account is let into it (spec/devices.md §3). */

import type { Conversation } from "../core/conversation.ts";
import { found } from "../core/founding.ts";
import { DEVICES } from "../core/info.ts";
import type { Tx } from "../store/database.ts";
import type { DeviceRow } from "../store/devices.ts";
import type { Hub } from "./hub.ts";
import { ownIdentity } from "./identities.ts";
import { announce, devicesRoom, named, tellDevices } from "./siblings.ts";

/** Make the group of this account's devices; keep it with `keepRoom`. */
export async function foundRoom(hub: Hub): Promise<Conversation> {
  const { profile, account, me } = hub.store;
  const relay = account.known.find((one) => one.isMine);
  if (!relay) throw new Error("An account has no relay.");
  return found(me, await ownIdentity(profile), profile.name, {
    info: {
      kind: DEVICES,
      title: "",
      admins: [],
      stream: hub.entropy(16),
      relay: relay.descriptor,
    },
    now: hub.now(),
    entropy: hub.entropy,
  });
}

/** Note that a device belongs to the account: on the list, and told to the others. */
export async function admit(
  tx: Tx,
  hub: Hub,
  device: DeviceRow,
  room: Conversation | null,
): Promise<void> {
  const { store } = hub;
  await store.devices.save(tx, device);
  tellDevices(tx, store, (event) => {
    hub.tell(event);
  });
  if (room && !(await devicesRoom(tx, store))) {
    const { me } = store;
    const how = { state: "active", createdAt: hub.now(), inviter: me } as const;
    await store.groups.add(tx, room, how);
    tx.afterCommit(() => {
      hub.openConversation(room.id);
    });
  }
  for (const one of await store.devices.all(tx)) await announce(tx, hub, named(one));
  tx.afterCommit(() => {
    hub.devicesChanged();
  });
}
