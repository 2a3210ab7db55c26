/**
 * What is to be sent and how far it has come (spec/conversations.md §6.2). A row stays
 * until its envelope has come back from the stream, so that nothing is lost between the
 * relay's word and the log.
 */

import { type Bytes, fromHex, hex } from "../../bytes.ts";
import { blob, maybe, number, text, word } from "./columns.ts";
import { type Row, type Tx, under } from "./database.ts";

/** `held` waits for its file; `acked` is on the relay's disk and has not come back yet. */
export type OutState = "held" | "waiting" | "acked" | "failed";
/** What an envelope of ours carries. */
export type OutKind = "content" | "leaving";

const STATES: readonly OutState[] = ["held", "waiting", "acked", "failed"];
const KINDS: readonly OutKind[] = ["content", "leaving"];

/** One envelope to send. */
export interface OutRow {
  readonly number: number | null;
  readonly conversation: Bytes;
  readonly envelope: Bytes;
  readonly state: OutState;
  readonly kind: OutKind;
  readonly content: Bytes;
  /** The epoch it was encrypted for, and the encrypted envelope; sent unchanged. */
  readonly epoch: number | null;
  readonly sealed: Bytes | null;
}

/** What is queued and what has failed. */
export interface Counts {
  readonly queued: number;
  readonly failed: number;
}

/** Reads and writes the outbox. */
export class OutboxTable {
  /** Queue an envelope. */
  async add(
    tx: Tx,
    conversation: Bytes,
    envelope: Bytes,
    content: Bytes,
    more: { readonly kind?: OutKind; readonly state?: OutState } = {},
  ): Promise<void> {
    await this.save(tx, {
      number: null,
      conversation,
      envelope,
      state: more.state ?? "waiting",
      kind: more.kind ?? "content",
      content,
      epoch: null,
      sealed: null,
    });
  }

  /** Return what is to be sent now, in order; a held file stops nobody else. */
  async next(tx: Tx, conversation: Bytes, limit: number): Promise<readonly OutRow[]> {
    const range = under(hex(conversation), "waiting");
    return (await tx.all("outbox", "state", range, limit)).map(read);
  }

  /** Return one row. */
  async find(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<OutRow | null> {
    const row = await tx.first("outbox", "envelope", [
      hex(conversation),
      hex(envelope),
    ]);
    return row && read(row);
  }

  /** Keep the encrypted envelope; from here on it is sent unchanged. */
  async seal(tx: Tx, row: OutRow, epoch: number, sealed: Bytes): Promise<void> {
    await this.save(tx, { ...row, epoch, sealed });
  }

  /** Note how far an envelope has come. */
  async setState(
    tx: Tx,
    conversation: Bytes,
    envelope: Bytes,
    state: OutState,
  ): Promise<void> {
    const row = await this.find(tx, conversation, envelope);
    if (row) await this.save(tx, { ...row, state });
  }

  /** Encrypt anew: one that was stale, or all that have not come back. */
  async unseal(
    tx: Tx,
    conversation: Bytes,
    envelope: Bytes | null = null,
  ): Promise<void> {
    const rows = envelope
      ? [await this.find(tx, conversation, envelope)]
      : await this.#of(tx, conversation, "waiting", "acked");
    for (const row of rows)
      if (row && (row.state === "waiting" || row.state === "acked"))
        if (row.sealed || row.state === "acked")
          await this.save(tx, { ...row, sealed: null, epoch: null, state: "waiting" });
  }

  /** Forget the wish to leave: this device was out, and is in again. */
  async forgetLeaving(tx: Tx, conversation: Bytes): Promise<void> {
    for (const row of await this.#of(tx, conversation, ...STATES))
      if (row.kind === "leaving") await this.remove(tx, conversation, row.envelope);
  }

  /** Send again what the relay had taken and lost. */
  async takeBackAcks(tx: Tx, conversation: Bytes): Promise<void> {
    for (const row of await this.#of(tx, conversation, "acked"))
      await this.save(tx, { ...row, state: "waiting" });
  }

  /** Forget a row: it came back. */
  async remove(tx: Tx, conversation: Bytes, envelope: Bytes): Promise<void> {
    await tx.deleteAll("outbox", "envelope", [hex(conversation), hex(envelope)]);
    tx.touch(hex(conversation));
  }

  /** Return how many are queued and how many have failed, in one conversation or in all. */
  async counts(tx: Tx, conversation: Bytes | null = null): Promise<Counts> {
    const count = (state: OutState): Promise<number> =>
      conversation
        ? tx.count("outbox", "state", under(hex(conversation), state))
        : tx.count("outbox", "everywhere", state);
    const queued = (await count("held")) + (await count("waiting"));
    return { queued, failed: await count("failed") };
  }

  /** Whether anything is on its way or waits to go. */
  async pending(tx: Tx, conversation: Bytes): Promise<boolean> {
    for (const state of ["held", "waiting", "acked"])
      if ((await tx.count("outbox", "state", under(hex(conversation), state))) > 0)
        return true;
    return false;
  }

  /** Write a row in place of what it was. */
  async save(tx: Tx, row: OutRow): Promise<void> {
    const fields = {
      conversation: hex(row.conversation),
      envelope: hex(row.envelope),
      state: row.state,
      ...(row.number === null ? {} : { number: row.number }),
    };
    await tx.put("outbox", fields, [row.kind, row.content, row.epoch, row.sealed]);
    tx.touch(hex(row.conversation));
  }

  async #of(
    tx: Tx,
    conversation: Bytes,
    ...states: readonly OutState[]
  ): Promise<readonly OutRow[]> {
    const found: OutRow[] = [];
    for (const state of states) {
      const rows = await tx.all("outbox", "state", under(hex(conversation), state));
      found.push(...rows.map(read));
    }
    return found;
  }
}

function read(row: Row): OutRow {
  const [kind, content, epoch, sealed] = row.secret;
  return {
    number: number(row.fields.number),
    conversation: fromHex(text(row.fields.conversation)),
    envelope: fromHex(text(row.fields.envelope)),
    state: word(row.fields.state, STATES),
    kind: word(kind, KINDS),
    content: blob(content),
    epoch: maybe(epoch, number),
    sealed: maybe(sealed, blob),
  };
}
