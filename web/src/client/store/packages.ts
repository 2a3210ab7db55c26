/** Key packages of this device: which lie on a shelf, and their private halves. */

import { type Bytes, hex } from "../../bytes.ts";
import { blob, number } from "./columns.ts";
import type { Row, Tx } from "./database.ts";

/** A key package that still has to go on a shelf. */
export interface ShelfPackage {
  readonly reference: Bytes;
  readonly sealed: Bytes;
  readonly isLastResort: boolean;
}

/** Reads and writes key packages. */
export class PackageTable {
  /** Keep a key package before it goes on a shelf. */
  async keep(
    tx: Tx,
    relay: Bytes,
    one: ShelfPackage & { readonly secret: Bytes },
  ): Promise<void> {
    const fields = {
      reference: hex(one.reference),
      relay: tx.db.blind(relay),
      isLastResort: one.isLastResort ? 1 : 0,
      isOnShelf: 0,
    };
    await tx.put("packages", fields, [one.reference, one.secret, one.sealed]);
  }

  /** Return what still has to go on a relay's shelf, in the order it was made. */
  async forShelf(tx: Tx, relay: Bytes): Promise<readonly ShelfPackage[]> {
    const rows = await this.#of(tx, relay);
    return rows
      .filter((row) => row.fields.isOnShelf === 0)
      .map((row) => ({
        reference: blob(row.secret[0]),
        sealed: blob(row.secret[2]),
        isLastResort: row.fields.isLastResort === 1,
      }));
  }

  /** Take packages for laid out, so that none is ever laid out twice. */
  async layOut(tx: Tx, references: readonly Bytes[]): Promise<void> {
    for (const reference of references) {
      const row = await this.#find(tx, reference);
      if (row) await put(tx, row, 1);
    }
  }

  /** Let the newest last resort go on a relay's shelf once more. */
  async layLastResortAgain(tx: Tx, relay: Bytes): Promise<void> {
    const rows = await this.#of(tx, relay);
    const newest = rows.filter((row) => row.fields.isLastResort === 1).at(-1);
    if (newest) await put(tx, newest, 0);
  }

  /** Whether a last resort was made for a relay. */
  async hasLastResort(tx: Tx, relay: Bytes): Promise<boolean> {
    return (await this.#of(tx, relay)).some((row) => row.fields.isLastResort === 1);
  }

  /** Return the private halves of packages that are ours. */
  async privates(tx: Tx, references: readonly Bytes[]): Promise<readonly Bytes[]> {
    const found: Bytes[] = [];
    for (const reference of references) {
      const row = await this.#find(tx, reference);
      if (row) found.push(blob(row.secret[1]));
    }
    return found;
  }

  /** Delete packages that were joined with; the last resort stays. */
  async use(tx: Tx, references: readonly Bytes[]): Promise<void> {
    for (const reference of references) {
      const row = await this.#find(tx, reference);
      if (row && row.fields.isLastResort !== 1)
        await tx.delete("packages", number(row.fields.number));
    }
  }

  /** Delete the packages of a shelf, because the link was rotated. */
  async forget(tx: Tx, relay: Bytes): Promise<void> {
    for (const row of await this.#of(tx, relay))
      await tx.delete("packages", number(row.fields.number));
  }

  /** Take what lies on a relay's shelf for given out; new packages replace it. */
  async replaceShelf(tx: Tx, relay: Bytes): Promise<void> {
    for (const row of await this.#of(tx, relay)) await put(tx, row, 1);
    await tx.put("meta", { key: replacing(tx, relay) }, []);
  }

  /** Whether what lies on a relay's shelf must not be given out any more. */
  async replacesShelf(tx: Tx, relay: Bytes): Promise<boolean> {
    return (await tx.get("meta", replacing(tx, relay))) !== null;
  }

  /** Note that a shelf holds only packages that nobody has been given. */
  async shelfReplaced(tx: Tx, relay: Bytes): Promise<void> {
    await tx.delete("meta", replacing(tx, relay));
  }

  #of(tx: Tx, relay: Bytes): Promise<Row[]> {
    return tx.all("packages", "relay", tx.db.blind(relay));
  }

  #find(tx: Tx, reference: Bytes): Promise<Row | null> {
    return tx.first("packages", "reference", hex(reference));
  }
}

async function put(tx: Tx, row: Row, isOnShelf: number): Promise<void> {
  await tx.put("packages", { ...row.fields, isOnShelf }, row.secret);
}

function replacing(tx: Tx, relay: Bytes): string {
  return `replace shelf/${tx.db.blind(relay)}`;
}
