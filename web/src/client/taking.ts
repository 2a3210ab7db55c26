/** Makes a store of an account that came from a backup or another device. */

import { type Bytes, equal, hex } from "../bytes.ts";
import { Group } from "../mls/index.ts";
import { preferencesOf } from "./bundling.ts";
import type { ConversationGiven } from "./core/bundle.ts";
import { Conversation } from "./core/conversation.ts";
import type { Entropy } from "./core/gcm.ts";
import { accountOf } from "./core/identity.ts";
import { groupSettings, ownDevice } from "./core/people.ts";
import type { HistoryRecord } from "./core/records.ts";
import { newDevice } from "./device.ts";
import type { Kept, PlaceKept } from "./keeping.ts";
import { keepRecord } from "./recording.ts";
import { AccountTable } from "./store/accounts.ts";
import { ContactTable } from "./store/contacts.ts";
import type { Database } from "./store/database.ts";
import { DeviceTable } from "./store/devices.ts";
import { openStore, type Store } from "./store/home.ts";

/** Records that are written at once. */
const AT_ONCE = 200;

/** Write an account that was handed over into an empty store. */
export async function takeAccount(
  db: Database,
  { bundle, places, records }: Kept,
  how: {
    readonly now: number;
    readonly entropy: Entropy;
    readonly deviceName: string;
    readonly device: Bytes;
  },
): Promise<Store> {
  const { name, ownerSecret, inviteSecret } = bundle;
  const preferences = preferencesOf(bundle.preferences);
  const profile = await newDevice(
    await accountOf(bundle.seed),
    { name, ownerSecret, inviteSecret, preferences },
    how.entropy,
    how.device,
  );
  const [first] = places;
  const former = first
    ? formerDevice(await machineOf(profile.account.key, first))
    : null;
  await db.write(async (tx) => {
    const account = new AccountTable();
    await account.save(tx, profile);
    for (const one of bundle.relays) {
      const { key } = one.relay;
      await account.rememberRelay(tx, one.relay, one.passToken, true);
      await account.moveInboxCursor(tx, key, one.sequence, one.envelope);
    }
    for (const { relay } of bundle.conversations)
      await account.rememberRelay(tx, relay, null, false);
    for (const contact of bundle.contacts) await new ContactTable().save(tx, contact);
    for (const { device, name: called, linkedAt } of bundle.devices) {
      // This device takes the place of the one that made the backup.
      if (former && equal(device, former)) continue;
      await new DeviceTable().save(tx, {
        id: device,
        name: called,
        linkedAt: linkedAt * 1000,
      });
    }
    const id = ownDevice(profile.credential);
    const own = { id, name: how.deviceName, linkedAt: how.now };
    await new DeviceTable().save(tx, own);
  });
  const store = await openStore(db);
  const kept = new Map(places.map((one) => [hex(one.conversation), one]));
  // Another device gives no place: it lets this one in. A backup has all there are.
  const without = places.length === 0 ? "joining" : "broken";
  for (const given of bundle.conversations)
    await takeConversation(store, given, kept.get(hex(given.id)) ?? null, without);
  await takeHistory(store, records, how.now);
  return store;
}

async function takeConversation(
  store: Store,
  given: ConversationGiven,
  place: PlaceKept | null,
  without: "joining" | "broken",
): Promise<void> {
  const { id, kind, title, state, peer, inviter, stream, timer } = given;
  const { createdAt, placeBase } = given;
  const common = { peer, inviter, timer, createdAt, placeBase };
  if (place && state === "active") {
    const machine = await machineOf(store.me, place);
    const { sequence, envelope } = place;
    const where = { sequence, envelope, isOnRelay: true, isRestored: true };
    await store.db.write((tx) =>
      store.groups.add(tx, machine, { ...common, ...where, state }),
    );
    return;
  }
  await store.db.write(async (tx) => {
    store.conversations.add(tx, {
      ...{ id, kind, title, stream },
      ...common,
      // Without a place in it this device is out until it is let in, or added again.
      state: state === "active" ? without : state,
      relay: given.relay.key,
      memberCount: given.members.length,
    });
    const members = given.members.map((one) => ({ ...one, devices: 1 }));
    await store.members.save(tx, id, 0, members);
  });
}

/** Which device a conversation was kept by. */
function formerDevice({ members, group }: Conversation): Bytes | null {
  return members.find(({ leaf }) => leaf === group.ownLeaf)?.device ?? null;
}

async function machineOf(me: Bytes, place: PlaceKept): Promise<Conversation> {
  const settings = groupSettings();
  const group = await Group.restore(place.epochState, place.ratchetState, { settings });
  return Conversation.of(me, group);
}

/** Write what was said before; what has expired meanwhile does not come back. */
export async function takeHistory(
  store: Store,
  records: readonly HistoryRecord[],
  now: number,
): Promise<void> {
  for (let begin = 0; begin < records.length; begin += AT_ONCE)
    await store.db.write(async (tx) => {
      for (const one of records.slice(begin, begin + AT_ONCE))
        await keepRecord(tx, store, one, now);
    });
}
