/**
 * Lays key packages out on a shelf on one relay: the account's own, which its links lead
 * to (spec/identity.md §5.3), or that of this device (spec/devices.md §6).
 */

import { type Bytes, concat, utf8 } from "../../bytes.ts";
import type { Line } from "../../carriers/line.ts";
import { Refused } from "../../errors.ts";
import type { OwnKeyPackage } from "../../mls/index.ts";
import { Refusal } from "../../wire/tables.ts";
import { sha256 } from "../core/gcm.ts";
import { newPackage } from "../core/people.ts";
import { sealPackage } from "../core/posts.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import type { Hub } from "./hub.ts";
import { ownIdentity } from "./identities.ts";

const AT_ONCE = 5;
const TAKEOVER_MS = 3600 * 1000;
const NOTHING: Bytes = new Uint8Array(0);

/** Where a shelf is, what opens it, and how many packages it holds. */
export interface ShelfKeys {
  readonly shelf: Bytes;
  readonly ownerToken: Bytes;
  readonly claimToken: Bytes;
  readonly key: Bytes;
  readonly most: number;
}

/** Where the store keeps apart what lies on this device's own shelf on a relay. */
export function devicePlace(relay: Bytes): Bytes {
  return concat(utf8("device"), relay);
}

/**
 * Lay this device's packages on the account's public shelf, in place of another's: whoever
 * asks is to reach the device that was connected last (spec/devices.md §6).
 */
export async function takeShelf(tx: Tx, store: Store): Promise<void> {
  const { account, packages } = store;
  for (const { descriptor, isMine } of await account.relays(tx))
    if (isMine) await packages.replaceShelf(tx, descriptor.key);
  await account.keepShelfTime(tx, Date.now());
  tx.afterCommit(() => {
    account.renew();
  });
}

/** Whether a shelf laid out at this time is to be taken over: at most once an hour. */
export async function isOlder(tx: Tx, store: Store, timeMs: number): Promise<boolean> {
  const { account } = store;
  const taken = await account.shelfTime(tx);
  return timeMs < account.loadedAt && Date.now() - taken > TAKEOVER_MS;
}

/** One shelf; `place` tells the packages of several apart in the store. */
export class Shelf {
  readonly #hub: Hub;
  readonly #place: Bytes;

  constructor(hub: Hub, place: Bytes) {
    this.#hub = hub;
    this.#place = place;
  }

  /** Lay out as many packages as are wanted. */
  async fill(line: Line, keys: ShelfKeys): Promise<void> {
    const { db, packages } = this.#hub.store;
    const lying = await this.#lying(line, keys);
    const state = await db.read(async (tx) => ({
      waiting: (await packages.forShelf(tx, this.#place)).length,
      hasLastResort: await packages.hasLastResort(tx, this.#place),
    }));
    const last = state.hasLastResort ? [] : [await this.#make(true)];
    const wanted =
      lying.count < keys.most / 2 ? keys.most - lying.count - state.waiting : 0;
    const made = await this.#makeMany(Math.max(0, wanted));
    await db.write(async (tx) => {
      for (const one of last) await this.#keep(tx, keys, one, true);
      if (state.hasLastResort && !lying.hasLastResort)
        await packages.layLastResortAgain(tx, this.#place);
      for (const one of made) await this.#keep(tx, keys, one, false);
    });
    await this.#put(line, keys);
  }

  /**
   * Lay out new packages: a relay of the past gives out again what was claimed. The
   * private halves of the old ones stay: an invitation may be on its way.
   */
  async renew(line: Line, keys: ShelfKeys): Promise<void> {
    const { db, packages } = this.#hub.store;
    const last = await this.#make(true);
    const made = await this.#makeMany(keys.most);
    await db.write(async (tx) => {
      await packages.replaceShelf(tx, this.#place);
      await this.#keep(tx, keys, last, true);
      for (const one of made) await this.#keep(tx, keys, one, false);
    });
    await this.#put(line, keys);
  }

  /** Ask what lies on the shelf; what is to be replaced does not count. */
  async #lying(
    line: Line,
    { shelf, ownerToken }: ShelfKeys,
  ): Promise<{ readonly count: number; readonly hasLastResort: boolean }> {
    const nothing = { count: 0, hasLastResort: false };
    const { db, packages } = this.#hub.store;
    if (await db.read((tx) => packages.replacesShelf(tx, this.#place))) return nothing;
    try {
      return await line.ask({ type: "ShelfCount", shelf, ownerToken });
    } catch (error) {
      if (error instanceof Refused && error.code === Refusal.NO_SUCH_SHELF)
        return nothing;
      throw error;
    }
  }

  async #make(lastResort: boolean): Promise<OwnKeyPackage> {
    const { profile } = this.#hub.store;
    const how = { now: this.#hub.now(), entropy: this.#hub.entropy, lastResort };
    return newPackage(await ownIdentity(profile), profile.name, how);
  }

  async #makeMany(count: number): Promise<readonly OwnKeyPackage[]> {
    const made: OwnKeyPackage[] = [];
    while (made.length < count) made.push(await this.#make(false));
    return made;
  }

  async #keep(
    tx: Tx,
    { shelf, key }: ShelfKeys,
    one: OwnKeyPackage,
    isLastResort: boolean,
  ): Promise<void> {
    const sealed = sealPackage(key, shelf, one.message, this.#hub.entropy);
    const { reference } = one;
    const kept = { reference, sealed, isLastResort, secret: one.toBytes() };
    await this.#hub.store.packages.keep(tx, this.#place, kept);
  }

  /**
   * Lay out what was made, noted before: an answer may never come. A package laid out
   * twice would be claimed twice, and the second invitation would find its private half
   * used up.
   */
  async #put(line: Line, { shelf, ownerToken, claimToken }: ShelfKeys): Promise<void> {
    const { db, packages } = this.#hub.store;
    const waiting = await db.read((tx) => packages.forShelf(tx, this.#place));
    for (let begin = 0; begin < waiting.length; begin += AT_ONCE) {
      const some = waiting.slice(begin, begin + AT_ONCE);
      const replace = await db.write(async (tx) => {
        await packages.layOut(
          tx,
          some.map((one) => one.reference),
        );
        return begin === 0 && (await packages.replacesShelf(tx, this.#place));
      });
      await line.ask({
        type: "ShelfPut",
        shelf,
        ownerToken,
        claimHash: sha256(claimToken),
        replace,
        lastResort: some.find((one) => one.isLastResort)?.sealed ?? NOTHING,
        packages: some.flatMap((one) => (one.isLastResort ? [] : [one.sealed])),
      });
      await db.write((tx) => packages.shelfReplaced(tx, this.#place));
    }
  }
}
