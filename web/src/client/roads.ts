/** Roads of the person's own and of contacts: added, shown, taken, removed (spec/carriers.md §9.4, §9.5). */

import { type Bytes, equal } from "../bytes.ts";
import { roadOf } from "../carriers/status.ts";
import { Malformed, UsageError } from "../errors.ts";
import { type Address, decodeLink, type RelayDescriptor } from "../wire/links.ts";
import { LinkKind, MAX_ADDRESSES, Road } from "../wire/tables.ts";
import { fingerprint } from "./core/identity.ts";
import { hasRoom, readRoads, roadId, type SharedRoad } from "./core/shared-roads.ts";
import type { Store } from "./store/home.ts";
import { relayName } from "./store/overview.ts";
import type { Hub } from "./sync/hub.ts";
import type { OwnRoad } from "./values.ts";

/** Return every road of this person's own, and then those that contacts have shared. */
export async function roads({
  account,
  contacts,
  db,
  sharedRoads,
}: Store): Promise<readonly OwnRoad[]> {
  const own = account.roads.flatMap(({ key, addresses }) =>
    addresses.map((address) => shown(key, address)),
  );
  return db.read(async (tx) => {
    const given: OwnRoad[] = [];
    for (const { relay, address, giver, isTaken } of await sharedRoads.all(tx)) {
      const contact = await contacts.find(tx, giver);
      const name = contact?.name ?? fingerprint(giver);
      const isUsed = isTaken && contact?.state === "accepted";
      given.push({ ...shown(relay, address), giver: name, isTaken: isUsed });
    }
    return [...own, ...given];
  });
}

function shown(key: Bytes, address: Address): OwnRoad {
  return {
    id: roadId(key, address),
    relay: relayName(key),
    road: roadOf({ address, by: "websocket" }),
    host: address.host,
    port: address.port,
    isSecure: address.road === Road.WSS,
    giver: null,
    isTaken: true,
  };
}

/** Know the roads of a link. Throws `UsageError`. */
export async function addRoads(hub: Hub, text: string): Promise<readonly OwnRoad[]> {
  const { db, account, sharedRoads } = hub.store;
  const given = readLink(text);
  await db.write(async (tx) => {
    // Whoever wrote before has ended when something was read.
    await sharedRoads.all(tx);
    let kept = account.roads;
    for (const relay of given) kept = joined(kept, relay);
    await account.keepRoads(tx, kept);
  });
  for (const { key } of given) hub.lineOf(key)?.hurry();
  return roads(hub.store);
}

/** Let a road that a contact shared be used. Throws `UsageError`. */
export async function takeRoad(hub: Hub, id: string): Promise<readonly OwnRoad[]> {
  const { db, sharedRoads } = hub.store;
  const taken = await db.write(async (tx) => {
    const all = await sharedRoads.all(tx);
    const road = all.find(isNamed(id));
    if (!road) throw new UsageError("no road");
    if (!road.isTaken && !hasRoom(all, road.relay)) throw new UsageError("roads taken");
    await sharedRoads.save(
      tx,
      all.map((one) => (one === road ? { ...one, isTaken: true } : one)),
    );
    return road;
  });
  hub.lineOf(taken.relay)?.hurry();
  return roads(hub.store);
}

/** Forget a road. Throws `UsageError`. */
export async function removeRoad(hub: Hub, id: string): Promise<readonly OwnRoad[]> {
  const { db, account, sharedRoads } = hub.store;
  if (!(await roads(hub.store)).some((one) => one.id === id))
    throw new UsageError("no road");
  await db.write(async (tx) => {
    // Whoever wrote before has ended when something was read.
    const shared = await sharedRoads.all(tx);
    const kept = account.roads.map(({ key, addresses }) => ({
      key,
      addresses: addresses.filter((address) => roadId(key, address) !== id),
    }));
    await account.keepRoads(
      tx,
      kept.filter(({ addresses }) => addresses.length > 0),
    );
    await sharedRoads.save(
      tx,
      shared.filter((one) => !isNamed(id)(one)),
    );
  });
  return roads(hub.store);
}

function isNamed(id: string): (road: SharedRoad) => boolean {
  return ({ relay, address }) => roadId(relay, address) === id;
}

function readLink(text: string): readonly RelayDescriptor[] {
  try {
    const given = readRoads(decodeLink(text, LinkKind.ROAD));
    const taken = given
      .map(({ key, addresses }) => ({ key, addresses: addresses.filter(isForPages) }))
      .filter(({ addresses }) => addresses.length > 0);
    if (taken.length === 0) throw new UsageError("road not for pages");
    return taken;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UsageError(error.said?.code ?? "link damaged");
  }
}

/** Roads with another relay's, or further ones to the same, each once. */
function joined(
  kept: readonly RelayDescriptor[],
  relay: RelayDescriptor,
): readonly RelayDescriptor[] {
  const { key } = relay;
  const old = kept.find((one) => equal(one.key, key))?.addresses ?? [];
  const known = old.map((address) => roadId(key, address));
  const fresh = relay.addresses.filter((one) => !known.includes(roadId(key, one)));
  const addresses = [...old, ...fresh];
  if (addresses.length >= MAX_ADDRESSES) throw new UsageError("roads many");
  return [...kept.filter((one) => !equal(one.key, key)), { key, addresses }];
}

function isForPages({ road }: Address): boolean {
  return road === Road.WS || road === Road.WSS;
}
