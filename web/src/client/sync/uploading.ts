/**
 * Takes a file to the relay, across restarts (spec/conversations.md §8).
 * The sealed file lies in the store until the relay has it: sealing the file again under
 * its key could encrypt two contents under one nonce.
 */

import type { Code, Said } from "../../sentences/index.ts";
import { hex } from "../../bytes.ts";
import { SessionLost } from "../../carriers/line.ts";
import { Refused, StorageError } from "../../errors.ts";
import { Refusal } from "../../wire/tables.ts";
import { SEALED_CHUNK, sealedSize } from "../core/files.ts";
import type { FileRef } from "../core/meaning.ts";
import type { Tx } from "../store/database.ts";
import { PIECE_CHUNKS, type TransferRow, unpackFile } from "../store/transfers.ts";
import type { ConversationId, MessageId } from "../values.ts";
import { createBlob, putPieces } from "./blobs.ts";
import { mishap } from "./mishaps.ts";
import { type Item, Stream } from "./stream.ts";
import { tellMessage } from "./telling.ts";
import type { Hub } from "./hub.ts";
import { check, Queue, within } from "./waiting.ts";

const PIECE = PIECE_CHUNKS * SEALED_CHUNK;
const FINAL: readonly number[] = [Refusal.TOO_LARGE, Refusal.EXISTS, Refusal.MALFORMED];

/** One file on its way. */
export class Uploading {
  readonly hub: Hub;

  constructor(hub: Hub) {
    this.hub = hub;
  }

  /** Try to send a file; what kept it from the relay, null where nothing did. */
  async attempt(row: TransferRow, signal: AbortSignal): Promise<Said | null> {
    try {
      await this.#send(row, signal);
      return null;
    } catch (error) {
      check(signal);
      if (error instanceof SessionLost) return null;
      const trouble = mishap(error);
      const isFinal = error instanceof Refused && FINAL.includes(error.code);
      if (isFinal || error instanceof StorageError) await this.#fail(row, trouble.code);
      return trouble;
    }
  }

  async #send(row: TransferRow, signal: AbortSignal): Promise<void> {
    const { db, messages, groups } = this.hub.store;
    const { conversation } = row;
    const message = await db.read((tx) => messages.find(tx, conversation, row.message));
    const machine = await groups.load(db, conversation);
    if (!message?.attachment || !machine) {
      await this.#fail(row, "message deleted");
      return;
    }
    const { file } = unpackFile(message.attachment);
    const line = this.hub.line(machine.info.relay);
    await within(line.up(), null, signal);
    const stream = new Stream(line, machine.info.stream, new Queue<Item>());
    try {
      await stream.open(machine.keys);
      if (await this.#upload(stream, row, file, signal)) await this.#finish(row);
      await stream.closeHandle();
    } finally {
      stream.leave();
    }
  }

  /** Send what the relay does not have; false when the file is not to be sent any more. */
  async #upload(
    { line, handle }: Stream,
    row: TransferRow,
    file: FileRef,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { db, transfers } = this.hub.store;
    const size = sealedSize(file.size);
    let held = await createBlob(line, file.blob, size, handle);
    while (held < size) {
      check(signal);
      if (!(await this.#progress(row, file, held))) return false;
      const place = Math.floor(held / PIECE);
      const piece = await db.read((tx) => transfers.piece(tx, file.blob, place));
      const rest = piece?.slice(held - place * PIECE);
      if (!rest?.length) throw new StorageError("file gone");
      held = await putPieces(line, file.blob, held, rest);
    }
    return this.#progress(row, file, held);
  }

  /** Note how far it is; false when somebody has stopped it. */
  async #progress(row: TransferRow, file: FileRef, held: number): Promise<boolean> {
    const { db, transfers } = this.hub.store;
    const { conversation, message } = row;
    const moved = Math.min(held, file.size);
    const goesOn = await db.write(async (tx) => {
      const now = await transfers.find(tx, conversation, message, true);
      if (now?.state !== "waiting" && now?.state !== "moving") return false;
      await transfers.save(tx, { ...now, moved, state: "moving" });
      return true;
    });
    if (goesOn)
      this.hub.tell({
        type: "transfer",
        conversation: hex(conversation) as ConversationId,
        message: hex(message) as MessageId,
        moved,
        size: file.size,
      });
    return goesOn;
  }

  async #finish(row: TransferRow): Promise<void> {
    const { db, transfers, outbox } = this.hub.store;
    await db.write(async (tx) => {
      await transfers.save(tx, { ...row, state: "done" });
      await outbox.setState(tx, row.conversation, row.message, "waiting");
      this.#changed(tx, row);
    });
    this.hub.wake(row.conversation);
  }

  async #fail(row: TransferRow, reason: Code): Promise<void> {
    const { db, transfers, outbox, messages } = this.hub.store;
    const { conversation, message } = row;
    await db.write(async (tx) => {
      await transfers.save(tx, { ...row, state: "failed", reason });
      await outbox.setState(tx, conversation, message, "failed");
      await messages.setState(tx, conversation, message, "failed", reason);
      this.#changed(tx, row);
    });
  }

  #changed(tx: Tx, row: TransferRow): void {
    const tell = this.hub.teller.tell.bind(this.hub.teller);
    const { conversation, message } = row;
    tellMessage(tx, this.hub.store, tell, "message changed", conversation, message);
  }
}
