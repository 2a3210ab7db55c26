/** What is wanted of a conversation that takes a commit; kept until it is true. */

import type { Code } from "../../sentences/index.ts";
import { type Bytes, fromHex, hex } from "../../bytes.ts";
import { recordOf, type Want, wantOf } from "../core/wants.ts";
import { blob, damaged, maybe, number, text } from "./columns.ts";
import type { Row, Tx } from "./database.ts";

/** One thing that is wanted of a conversation. */
export interface WantRow {
  readonly number: number;
  readonly want: Want;
  readonly hasPackage: boolean;
  /** Not before this, in milliseconds; 0: it was never tried. */
  readonly tryAt: number;
}

interface Kept {
  readonly number: number | null;
  readonly conversation: Bytes;
  readonly kind: string;
  readonly subject: Bytes;
  readonly data: Bytes;
  readonly package: Bytes | null;
  readonly reason: string | null;
  readonly tryAt: number;
}

/** Reads and writes wants. */
export class WantTable {
  /** Keep a want until it is true; return its number. */
  async add(tx: Tx, conversation: Bytes, want: Want): Promise<number> {
    const fresh = { number: null, package: null, reason: null, tryAt: 0 };
    return save(tx, { conversation, ...recordOf(want), ...fresh });
  }

  /** Return what is wanted, the oldest first. */
  async of(tx: Tx, conversation: Bytes): Promise<readonly WantRow[]> {
    const rows = (await tx.all("intents", "conversation", hex(conversation))).map(read);
    return rows
      .filter((one) => one.reason === null)
      .map((one) => ({
        number: one.number,
        want: wantOf(one, one.package),
        hasPackage: one.package !== null,
        tryAt: one.tryAt,
      }));
  }

  /** Keep the key package that was claimed for a want. */
  async keepPackage(tx: Tx, place: number, claimed: Bytes): Promise<void> {
    await change(tx, place, { package: claimed });
  }

  /** Try a want again later. */
  async delay(tx: Tx, place: number, tryAt: number): Promise<void> {
    await change(tx, place, { tryAt });
  }

  /** Forget a want that is true. */
  async settle(tx: Tx, place: number): Promise<void> {
    await tx.delete("intents", place);
  }

  /** Note that a want cannot be, and why. */
  async refuse(tx: Tx, place: number, reason: Code): Promise<void> {
    await change(tx, place, { reason });
  }

  /** Return whom a want is about. */
  async subject(tx: Tx, place: number): Promise<Bytes | null> {
    const row = await tx.get("intents", place);
    return row && read(row).subject;
  }

  /** Forget every want of a conversation. */
  async forget(tx: Tx, conversation: Bytes): Promise<void> {
    await tx.deleteAll("intents", "conversation", hex(conversation));
  }
}

async function change(tx: Tx, place: number, more: Partial<Kept>): Promise<void> {
  const row = await tx.get("intents", place);
  if (row) await save(tx, { ...read(row), ...more });
}

async function save(tx: Tx, one: Kept): Promise<number> {
  const fields = {
    conversation: hex(one.conversation),
    ...(one.number === null ? {} : { number: one.number }),
  };
  const secret = [one.kind, one.subject, one.data, one.package, one.reason, one.tryAt];
  return number(await tx.put("intents", fields, secret));
}

function read(row: Row): Kept & { readonly number: number } {
  const [kind, subject, data, claimed, reason, tryAt] = row.secret;
  if (typeof row.fields.number !== "number") throw damaged();
  return {
    number: row.fields.number,
    conversation: fromHex(text(row.fields.conversation)),
    kind: text(kind),
    subject: blob(subject),
    data: blob(data),
    package: maybe(claimed, blob),
    reason: maybe(reason, text),
    tryAt: number(tryAt),
  };
}
