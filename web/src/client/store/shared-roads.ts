/** Roads that contacts have shared, taken or not, in one sealed record. */

import { type Bytes, equal, hex } from "../../bytes.ts";
import type { Address } from "../../wire/links.ts";
import { RELAY_DESCRIPTOR } from "../../wire/links.ts";
import type { SharedRoad } from "../core/shared-roads.ts";
import { readRelay } from "./accounts.ts";
import { blob, damaged, flag, number } from "./columns.ts";
import type { ContactTable } from "./contacts.ts";
import type { Tx } from "./database.ts";

const SHARED = "shared roads";
const FIELDS = 4;

/** Reads and writes roads of contacts. They go into no invite, card or backup. */
export class SharedRoadTable {
  readonly #contacts: ContactTable;
  #known: readonly SharedRoad[] = [];

  constructor(contacts: ContactTable) {
    this.#contacts = contacts;
  }

  /** Read what is held in memory; call once after opening. Throws `StorageError`. */
  async load(tx: Tx): Promise<void> {
    this.#known = await this.all(tx);
  }

  /** Return every road, in the order they came. */
  async all(tx: Tx): Promise<readonly SharedRoad[]> {
    const values = (await tx.get("meta", SHARED))?.secret ?? [];
    return Array.from({ length: values.length / FIELDS }, (_, at) =>
      roadOf(values.slice(at * FIELDS, (at + 1) * FIELDS)),
    );
  }

  /** Write every road. */
  async save(tx: Tx, roads: readonly SharedRoad[]): Promise<void> {
    const values = roads.flatMap(({ relay, address, giver, hops, isTaken }) => [
      RELAY_DESCRIPTOR.write({ key: relay, addresses: [address] }),
      giver,
      hops,
      isTaken,
    ]);
    await tx.put("meta", { key: SHARED }, values);
    tx.afterCommit(() => {
      this.#known = roads;
    });
  }

  /** The roads to a relay that were taken of contacts who are still contacts. */
  to(relay: Bytes): readonly Address[] {
    return this.#known
      .filter((one) => one.isTaken && equal(one.relay, relay))
      .filter(({ giver }) => this.#contacts.accepted.has(hex(giver)))
      .map(({ address }) => ({ ...address, isShared: true }));
  }
}

function roadOf([relay, giver, hops, isTaken]: readonly unknown[]): SharedRoad {
  const { key, addresses } = readRelay(blob(relay));
  const [address] = addresses;
  if (!address) throw damaged();
  return {
    relay: key,
    address,
    giver: blob(giver),
    hops: number(hops),
    isTaken: flag(isTaken),
  };
}
