/**
 * Roads that a contact shares: how they travel, and which a page keeps (spec/carriers.md
 * §9.5, spec/web.md §6). Pure: what is known comes as arguments.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, equal, hex } from "../../bytes.ts";
import { isLoopback } from "../../carriers/ways.ts";
import { Malformed } from "../../errors.ts";
import { many } from "../../wire/fields.ts";
import {
  type Address,
  readWhole,
  RELAY_DESCRIPTOR,
  type RelayDescriptor,
} from "../../wire/links.ts";
import { Road } from "../../wire/tables.ts";
import { decode, isArray, isBytes, isUint } from "./cbor.ts";

/** How often a road may be passed on in all, the first time counted. */
const MOST_HOPS = 3;
/** Relays that one link leads to. */
const MOST_RELAYS = 8;
/** Roads of one contact that nobody has taken yet. */
const MOST_WAITING = 4;
/** Roads of contacts to one relay that are taken: 3 in use and 2 to spare. */
const MOST_TAKEN = 5;
const ID_BYTES = 4;
const ROAD_LINK = many(RELAY_DESCRIPTOR);

/** Roads as a contact shares them, and how often they may be passed on from here. */
export interface RoadsShared {
  readonly hops: number;
  readonly relays: readonly RelayDescriptor[];
}

/** A road of a contact, and how it came here. */
export interface SharedRoad {
  readonly relay: Bytes;
  readonly address: Address;
  readonly giver: Bytes;
  readonly hops: number;
  /** Whether the person has said that it may be used. */
  readonly isTaken: boolean;
}

/** Which roads of a message are kept, and how many others no page can take. */
export interface Admitted {
  readonly kept: readonly SharedRoad[];
  readonly useless: number;
}

/** Read the part of a message that shares roads; throws `Malformed`. */
export function readShared(data: Bytes): RoadsShared {
  const value = decode(data);
  const [hops, body] = isArray(value, 2) ? value : [];
  if (!isUint(hops, MOST_HOPS) || !isBytes(body))
    throw new Malformed("A road that was shared is malformed.");
  return { hops, relays: readRoads(body) };
}

/** Read the body of a road link; throws `Malformed`. */
export function readRoads(body: Bytes): readonly RelayDescriptor[] {
  const relays = readWhole(ROAD_LINK, body);
  if (relays.length < 1 || relays.length > MOST_RELAYS)
    throw new Malformed("The link names no relay, or too many.");
  return relays;
}

/** The eight characters by which a road is named. */
export function roadId(key: Bytes, address: Address): string {
  const packed = RELAY_DESCRIPTOR.write({ key, addresses: [address] });
  return hex(sha256(packed).subarray(0, ID_BYTES));
}

/**
 * Choose what is kept, until the person says more, of what a contact shares. `relays` are
 * those that are known, with the person's own roads; `known` are the roads of contacts.
 */
export function admitted(
  shared: RoadsShared,
  giver: Bytes,
  relays: readonly RelayDescriptor[],
  known: readonly SharedRoad[],
): Admitted {
  const each = relays.flatMap(({ key, addresses }) =>
    addresses.map((address) => roadId(key, address)),
  );
  // An address can be sought for the id of another road, which it would replace.
  const seen = new Set([
    ...each,
    ...known.map((one) => roadId(one.relay, one.address)),
  ]);
  const waiting = known.filter((one) => !one.isTaken && equal(one.giver, giver));
  const kept: SharedRoad[] = [];
  let useless = 0;
  for (const { key: relay, addresses } of shared.relays) {
    const ways = relays.filter(({ key }) => equal(key, relay));
    const isHere = ways.some((one) =>
      one.addresses.some(({ host }) => isLoopback(host)),
    );
    for (const address of ways.length > 0 ? addresses : []) {
      const id = roadId(relay, address);
      // An address can be sought for the id of another road, which it would replace.
      if (seen.has(id)) continue;
      seen.add(id);
      if (!isForPages(address, isHere)) useless++;
      else if (waiting.length + kept.length < MOST_WAITING)
        kept.push({ relay, address, giver, hops: shared.hops, isTaken: false });
    }
  }
  return { kept, useless };
}

/** Whether one more road of a contact to a relay may be taken. */
export function hasRoom(known: readonly SharedRoad[], relay: Bytes): boolean {
  const taken = known.filter((one) => one.isTaken && equal(one.relay, relay));
  return taken.length < MOST_TAKEN;
}

/**
 * Whether a contact may lead a page there: over TLS to a public name, which can have a
 * certificate; else they could have the page knock at what nobody outside can reach. To
 * this machine only if the relay itself is known to be on it.
 */
function isForPages({ road, host, path }: Address, isHere: boolean): boolean {
  if (!/^(\/|$)/.test(path)) return false;
  if (isLoopback(host)) return isHere && (road === Road.WS || road === Road.WSS);
  const isPublic =
    /^([\w-]+\.)+(?!\d|(localhost|local|internal|lan|arpa)\.?$)[\w-]+\.?$/i.test(host);
  return road === Road.WSS && isPublic;
}
