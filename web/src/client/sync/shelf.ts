/** Lays key packages out on the account's shelf on one relay (spec/identity.md §5.3). */

import type { Bytes } from "../../bytes.ts";
import type { Line } from "../../carriers/line.ts";
import { Refused } from "../../errors.ts";
import type { OwnKeyPackage } from "../../mls/index.ts";
import { NO_ENVELOPE } from "../../wire/requests.ts";
import { Refusal } from "../../wire/tables.ts";
import { sha256 } from "../core/gcm.ts";
import { newPackage } from "../core/people.ts";
import { sealPackage } from "../core/posts.ts";
import type { Tx } from "../store/database.ts";
import type { Hub } from "./hub.ts";
import { ownIdentity } from "./identities.ts";
import type { InboxKeys } from "./inbox.ts";

const PACKAGES = 20;
const REFILL_BELOW = 10;
const AT_ONCE = 5;
const NOTHING: Bytes = new Uint8Array(0);

/** The shelf of the account on one relay. */
export class Shelf {
  readonly #hub: Hub;
  readonly #relay: Bytes;

  constructor(hub: Hub, relay: Bytes) {
    this.#hub = hub;
    this.#relay = relay;
  }

  /** Lay out as many packages as are wanted. */
  async fill(line: Line, keys: InboxKeys): Promise<void> {
    const { db, packages } = this.#hub.store;
    const lying = await this.#lying(line, keys);
    const state = await db.read(async (tx) => ({
      waiting: (await packages.forShelf(tx, this.#relay)).length,
      hasLastResort: await packages.hasLastResort(tx, this.#relay),
    }));
    const last = state.hasLastResort ? [] : [await this.#make(true)];
    const wanted =
      lying.count < REFILL_BELOW ? PACKAGES - lying.count - state.waiting : 0;
    const made = await this.#makeMany(Math.max(0, wanted));
    await db.write(async (tx) => {
      for (const one of last) await this.#keep(tx, keys, one, true);
      if (state.hasLastResort && !lying.hasLastResort)
        await packages.layLastResortAgain(tx, this.#relay);
      for (const one of made) await this.#keep(tx, keys, one, false);
    });
    await this.#put(line, keys);
  }

  /**
   * Lay out new packages: a relay of the past gives out again what was claimed. The
   * private halves of the old ones stay: an invitation may be on its way.
   */
  async renew(line: Line, keys: InboxKeys): Promise<void> {
    const { db, packages, account } = this.#hub.store;
    const last = await this.#make(true);
    const made = await this.#makeMany(PACKAGES);
    await db.write(async (tx) => {
      await packages.replaceShelf(tx, this.#relay);
      await account.moveInboxCursor(tx, this.#relay, 0, NO_ENVELOPE);
      await this.#keep(tx, keys, last, true);
      for (const one of made) await this.#keep(tx, keys, one, false);
    });
    await this.#put(line, keys);
  }

  /** Ask what lies on the shelf; what is to be replaced does not count. */
  async #lying(
    line: Line,
    { invite, owner }: InboxKeys,
  ): Promise<{ readonly count: number; readonly hasLastResort: boolean }> {
    const nothing = { count: 0, hasLastResort: false };
    const { db, packages } = this.#hub.store;
    if (await db.read((tx) => packages.replacesShelf(tx, this.#relay))) return nothing;
    try {
      const { shelf } = invite;
      return await line.ask({
        type: "ShelfCount",
        shelf,
        ownerToken: owner.shelfToken,
      });
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
    { invite }: InboxKeys,
    one: OwnKeyPackage,
    isLastResort: boolean,
  ): Promise<void> {
    const { shelf, shelfKey } = invite;
    const sealed = sealPackage(shelfKey, shelf, one.message, this.#hub.entropy);
    const { reference } = one;
    const kept = { reference, sealed, isLastResort, secret: one.toBytes() };
    await this.#hub.store.packages.keep(tx, this.#relay, kept);
  }

  /**
   * Lay out what was made, noted before: an answer may never come. A package laid out
   * twice would be claimed twice, and the second invitation would find its private half
   * used up.
   */
  async #put(line: Line, { invite, owner }: InboxKeys): Promise<void> {
    const { db, packages } = this.#hub.store;
    const waiting = await db.read((tx) => packages.forShelf(tx, this.#relay));
    for (let begin = 0; begin < waiting.length; begin += AT_ONCE) {
      const some = waiting.slice(begin, begin + AT_ONCE);
      const replace = await db.write(async (tx) => {
        await packages.layOut(
          tx,
          some.map((one) => one.reference),
        );
        return begin === 0 && (await packages.replacesShelf(tx, this.#relay));
      });
      await line.ask({
        type: "ShelfPut",
        shelf: invite.shelf,
        ownerToken: owner.shelfToken,
        claimHash: sha256(invite.claimToken),
        replace,
        lastResort: some.find((one) => one.isLastResort)?.sealed ?? NOTHING,
        packages: some.flatMap((one) => (one.isLastResort ? [] : [one.sealed])),
      });
      await db.write((tx) => packages.shelfReplaced(tx, this.#relay));
    }
  }
}
