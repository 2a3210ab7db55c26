/**
 * Raw envelopes as they came, held for a relay that loses them (spec/conversations.md
 * §6.8). Ciphertext only: the keys of messages are gone once they were read.
 */

import { type Bytes, fromHex, hex } from "../../bytes.ts";
import { type EpochKeys, packEpochKeys, unpackEpochKeys } from "../core/envelope.ts";
import { blob, number, text } from "./columns.ts";
import { type Row, type Tx, under } from "./database.ts";

const MOST_HELD = 2000;
const LONGEST_HELD = 30 * 24 * 3600 * 1000;
const NOTHING: Bytes = new Uint8Array(0);

/** One envelope as the relay gave it. */
export interface Held {
  readonly sequence: number;
  readonly id: Bytes;
  readonly epoch: number;
  readonly timeMs: number;
  readonly isCommit: boolean;
  readonly data: Bytes;
}

/** Reads and writes held envelopes and the keys of their epochs. */
export class LogTable {
  /** Keep an envelope; of one that is there only place and time are new. */
  async hold(tx: Tx, conversation: Bytes, held: Held): Promise<void> {
    const old = await this.#row(tx, conversation, held.id);
    const kept = old
      ? { ...read(old), sequence: held.sequence, timeMs: held.timeMs }
      : held;
    await put(tx, conversation, kept, old !== null && isMissed(old));
  }

  /** Whether an envelope came before. */
  async has(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<boolean> {
    return (await this.#row(tx, conversation, envelope)) !== null;
  }

  /** Note that the relay has an envelope at another place, or in another epoch. */
  async place(tx: Tx, conversation: Bytes, held: Held): Promise<void> {
    const old = await this.#row(tx, conversation, held.id);
    if (!old) return;
    const { isCommit, data } = read(old);
    const kept = { ...held, isCommit, data: held.data.length ? held.data : data };
    await put(tx, conversation, kept, isMissed(old));
  }

  /** Return one held envelope. */
  async find(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<Held | null> {
    const row = await this.#row(tx, conversation, envelope);
    return row && read(row);
  }

  /** Forget an envelope that the stream went on without. */
  async drop(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<void> {
    await tx.delete("envelopes", [hex(conversation), hex(envelope)]);
  }

  /** Note that what an envelope says is missed, or not any more; was it else? */
  async miss(
    tx: Tx,
    conversation: Bytes,
    envelope: Bytes,
    missed: boolean,
  ): Promise<boolean> {
    const row = await this.#row(tx, conversation, envelope);
    if (!row || isMissed(row) === missed) return false;
    await put(tx, conversation, read(row), missed);
    return true;
  }

  /** Return the envelopes whose contents nobody has said again yet. */
  async missed(tx: Tx, conversation: Bytes): Promise<readonly Bytes[]> {
    const rows = await tx.all("envelopes", "missed", under(hex(conversation), 1));
    return rows.map((row) => read(row).id);
  }

  /** Return the newest held envelope that is not after a place. */
  async upto(tx: Tx, conversation: Bytes, sequence: number): Promise<Held | null> {
    const id = hex(conversation);
    const range = IDBKeyRange.bound([id], [id, sequence]);
    const [row] = await tx.latest("envelopes", "inOrder", range, 1);
    return row ? read(row) : null;
  }

  /** Return the held envelopes after a place, in order. */
  async after(tx: Tx, conversation: Bytes, sequence: number): Promise<readonly Held[]> {
    const id = hex(conversation);
    const range = IDBKeyRange.bound([id, sequence], [id, []], true);
    return (await tx.all("envelopes", "inOrder", range)).map(read);
  }

  /** Forget all, and what of ours could be repeated, because the conversation moved. */
  async forget(tx: Tx, conversation: Bytes): Promise<void> {
    await tx.delete("envelopes", under(hex(conversation)));
    await tx.delete("sent", under(hex(conversation)));
  }

  /** Forget what is too old or too much, and epochs nothing is held of. */
  async prune(tx: Tx, conversation: Bytes, now: number): Promise<void> {
    const id = hex(conversation);
    const [newest] = await tx.latest("envelopes", "inOrder", under(id), 1);
    const kept = newest ? number(newest.fields.sequence) - MOST_HELD : 0;
    const rows = await tx.all("envelopes", "inOrder", under(id), 200);
    for (const row of rows) {
      const held = read(row);
      if (held.sequence > kept && held.timeMs >= now - LONGEST_HELD) break;
      await this.drop(tx, conversation, held.id);
      await tx.delete("sent", [id, hex(held.id)]);
    }
    const oldest = await this.oldestEpoch(tx, conversation);
    const first = oldest ?? (await this.epochs(tx, conversation))[0];
    if (first !== undefined)
      await tx.delete("epochs", IDBKeyRange.bound([id], [id, first], false, true));
  }

  // Keys of epochs

  /** Keep the keys of an epoch. */
  async keepKeys(tx: Tx, conversation: Bytes, keys: EpochKeys): Promise<void> {
    const fields = { conversation: hex(conversation), epoch: keys.epoch };
    await tx.put("epochs", fields, [packEpochKeys(keys)]);
  }

  /** Return the epochs whose keys are held, the newest first. */
  async epochs(tx: Tx, conversation: Bytes): Promise<readonly number[]> {
    const rows = await tx.all("epochs", null, under(hex(conversation)));
    return rows.map((row) => number(row.fields.epoch)).reverse();
  }

  /** Return the keys of every epoch before one. */
  async past(
    tx: Tx,
    conversation: Bytes,
    before: number,
  ): Promise<ReadonlyMap<number, EpochKeys>> {
    const rows = await tx.all("epochs", null, under(hex(conversation)));
    const pairs = rows
      .map((row) => unpackEpochKeys(blob(row.secret[0])))
      .filter((keys) => keys.epoch < before)
      .map((keys) => [keys.epoch, keys] as const);
    return new Map(pairs);
  }

  /** Return the epoch of the oldest held envelope. */
  async oldestEpoch(tx: Tx, conversation: Bytes): Promise<number | null> {
    const range = under(hex(conversation));
    const [row] = await tx.all("envelopes", "inOrder", range, 1);
    return row ? read(row).epoch : null;
  }

  /** Return the keys of an epoch. */
  async keys(tx: Tx, conversation: Bytes, epoch: number): Promise<EpochKeys | null> {
    const row = await tx.get("epochs", [hex(conversation), epoch]);
    return row && unpackEpochKeys(blob(row.secret[0]));
  }

  /** Forget the keys of epochs that the stream has others for. */
  async forgetEpochs(tx: Tx, conversation: Bytes, after: number): Promise<void> {
    const id = hex(conversation);
    await tx.delete("epochs", IDBKeyRange.bound([id, after], [id, []], true));
  }

  #row(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<Row | null> {
    return tx.get("envelopes", [hex(conversation), hex(envelope)]);
  }
}

async function put(
  tx: Tx,
  conversation: Bytes,
  held: Held,
  missed: boolean,
): Promise<void> {
  const fields: Record<string, string | number> = {
    conversation: hex(conversation),
    id: hex(held.id),
    sequence: held.sequence,
  };
  if (missed) fields.missed = 1;
  const secret = [held.epoch, held.timeMs, held.isCommit];
  await tx.put("envelopes", fields, secret, held.data);
}

function isMissed(row: Row): boolean {
  return row.fields.missed === 1;
}

function read(row: Row): Held {
  const [epoch, timeMs, isCommit] = row.secret;
  return {
    sequence: number(row.fields.sequence),
    id: fromHex(text(row.fields.id)),
    epoch: number(epoch),
    timeMs: number(timeMs),
    isCommit: isCommit === true,
    data: row.data ?? NOTHING,
  };
}
