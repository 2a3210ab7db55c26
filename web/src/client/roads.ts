/** The person's own roads to relays: added, shown, removed (spec/carriers.md §9.4). */

import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, equal, hex } from "../bytes.ts";
import { Malformed, UsageError } from "../errors.ts";
import { roadOf } from "../carriers/status.ts";
import { many } from "../wire/fields.ts";
import {
  type Address,
  decodeLink,
  readWhole,
  RELAY_DESCRIPTOR,
  type RelayDescriptor,
} from "../wire/links.ts";
import { LinkKind, MAX_ADDRESSES, Road } from "../wire/tables.ts";
import type { Store } from "./store/home.ts";
import { relayName } from "./store/overview.ts";
import type { Hub } from "./sync/hub.ts";
import type { OwnRoad } from "./values.ts";

/** Relays that one link leads to. */
const MOST_RELAYS = 8;
const ID_BYTES = 4;
const ROAD_LINK = many(RELAY_DESCRIPTOR);

/** Return every road of this person's own. */
export function roads({ account }: Store): readonly OwnRoad[] {
  return account.roads.flatMap(({ key, addresses }) =>
    addresses.map((address) => ({
      id: idOf(key, address),
      relay: relayName(key),
      road: roadOf({ address, by: "websocket" }),
      host: address.host,
      port: address.port,
      isSecure: address.road === Road.WSS,
    })),
  );
}

/** Know the roads of a link. Throws `UsageError`. */
export async function addRoads(hub: Hub, text: string): Promise<readonly OwnRoad[]> {
  const { db, account } = hub.store;
  const given = readRoads(text);
  await db.write(async (tx) => {
    let kept = account.roads;
    for (const relay of given) kept = joined(kept, relay);
    await account.keepRoads(tx, kept);
  });
  for (const { key } of given) hub.lineOf(key)?.hurry();
  return roads(hub.store);
}

/** Forget a road. Throws `UsageError`. */
export async function removeRoad(hub: Hub, id: string): Promise<readonly OwnRoad[]> {
  const { db, account } = hub.store;
  const kept = account.roads.map(({ key, addresses }) => ({
    key,
    addresses: addresses.filter((address) => idOf(key, address) !== id),
  }));
  if (!roads(hub.store).some((one) => one.id === id)) throw new UsageError("no road");
  await db.write((tx) =>
    account.keepRoads(
      tx,
      kept.filter(({ addresses }) => addresses.length > 0),
    ),
  );
  return roads(hub.store);
}

function readRoads(text: string): readonly RelayDescriptor[] {
  try {
    const given = readWhole(ROAD_LINK, decodeLink(text, LinkKind.ROAD));
    if (given.length < 1 || given.length > MOST_RELAYS)
      throw new Malformed("The link names no relay, or too many.");
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
  const known = old.map((address) => idOf(key, address));
  const fresh = relay.addresses.filter((one) => !known.includes(idOf(key, one)));
  const addresses = [...old, ...fresh];
  if (addresses.length >= MAX_ADDRESSES) throw new UsageError("roads many");
  return [...kept.filter((one) => !equal(one.key, key)), { key, addresses }];
}

function isForPages({ road }: Address): boolean {
  return road === Road.WS || road === Road.WSS;
}

function idOf(key: Bytes, address: Address): string {
  const packed = RELAY_DESCRIPTOR.write({ key, addresses: [address] });
  return hex(sha256(packed).subarray(0, ID_BYTES));
}
