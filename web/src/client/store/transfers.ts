/** Files that move, up or down, and their bytes: sealed, in pieces, as they lie on a relay. */

import { type Bytes, fromHex, hex } from "../../bytes.ts";
import { decode, encode, isArray, isBytes } from "../core/cbor.ts";
import type { FileRef } from "../core/meaning.ts";
import { RELAY_DESCRIPTOR } from "../../wire/links.ts";
import type { Media, TransferState } from "../values.ts";
import { readRelay } from "./accounts.ts";
import { blob, damaged, list, maybe, number, text, word } from "./columns.ts";
import { type Row, type Tx, under } from "./database.ts";
import type { MessageTable } from "./messages.ts";

/** Sealed chunks in one piece: half a megabyte is written, and fetched anew, at once. */
export const PIECE_CHUNKS = 16;

/** One file that moves. */
export interface TransferRow {
  readonly conversation: Bytes;
  readonly message: Bytes;
  /** The name of its blob. */
  readonly file: Bytes;
  readonly isUpload: boolean;
  /** Bytes of the file that have moved. */
  readonly moved: number;
  readonly state: TransferState;
  readonly reason: string | null;
}

/** How a message's file is found and opened, and what it looks like. */
export interface StoredFile {
  readonly file: FileRef;
  readonly media: Media;
}

const STATES: readonly TransferState[] = [
  "offered",
  "waiting",
  "moving",
  "done",
  "failed",
  "cancelled",
];

/** Write how a file is found and opened. */
export function packFile({ file, media }: StoredFile): Bytes {
  const { blob: name, key, size, relay } = file;
  const { width, height, preview, duration, wave } = media;
  const looks = [width, height, preview, duration, wave].map((one) => one ?? null);
  return encode([
    [name, key.key, key.prefix, size, file.name, file.mediaType],
    relay && RELAY_DESCRIPTOR.write(relay),
    looks,
  ]);
}

/** Read what `packFile` wrote. */
export function unpackFile(packed: Bytes): StoredFile {
  const value = decode(packed);
  if (!isArray(value, 3)) throw damaged();
  const [name, key, prefix, size, title, mediaType] = list(value[0]);
  const [width, height, preview, duration, wave] = list(value[2]);
  const media: { -readonly [K in keyof Media]: Media[K] } = {};
  if (typeof width === "number") media.width = width;
  if (typeof height === "number") media.height = height;
  if (isBytes(preview)) media.preview = preview;
  if (typeof duration === "number") media.duration = duration;
  if (isBytes(wave)) media.wave = wave;
  return {
    file: {
      blob: blob(name),
      key: { key: blob(key), prefix: blob(prefix) },
      size: number(size),
      name: text(title),
      mediaType: text(mediaType),
      relay: maybe(value[1], (relay) => readRelay(blob(relay))),
    },
    media,
  };
}

/** Reads and writes transfers and pieces. */
export class TransferTable {
  /** Write how far a file has come. */
  async save(tx: Tx, row: TransferRow): Promise<void> {
    const fields = {
      conversation: hex(row.conversation),
      message: hex(row.message),
      isUpload: row.isUpload ? 1 : 0,
      state: row.state,
    };
    await tx.put("transfers", fields, [row.file, row.moved, row.reason]);
    tx.touch(hex(row.conversation));
  }

  /** Return how far a message's file has come, up or down. */
  async find(
    tx: Tx,
    conversation: Bytes,
    message: Bytes,
    isUpload: boolean,
  ): Promise<TransferRow | null> {
    const key = [hex(conversation), hex(message), isUpload ? 1 : 0];
    const row = await tx.get("transfers", key);
    return row && read(row);
  }

  /** Send a file again that failed or was stopped; say whether there is one. */
  async retryUpload(tx: Tx, conversation: Bytes, message: Bytes): Promise<boolean> {
    const row = await this.find(tx, conversation, message, true);
    if (!row || (row.state !== "failed" && row.state !== "cancelled")) return false;
    await this.save(tx, { ...row, state: "waiting", reason: null });
    return true;
  }

  /** Offer downloads again that a former run left on their way; what has come is kept. */
  async offerAgain(tx: Tx): Promise<void> {
    for (const row of await tx.all("transfers", "state", [0, "moving"]))
      await this.save(tx, { ...read(row), state: "offered" });
  }

  /** Forget every file of a conversation. */
  async forgetAll(tx: Tx, conversation: Bytes): Promise<void> {
    for (const row of await tx.all("transfers", null, under(hex(conversation))))
      await this.forget(tx, read(row).file);
    await tx.delete("transfers", under(hex(conversation)));
  }

  /** Return the files that still have to go up. */
  async uploads(tx: Tx): Promise<readonly TransferRow[]> {
    const found: Row[] = [];
    for (const state of ["waiting", "moving"])
      found.push(...(await tx.all("transfers", "state", [1, state])));
    return found.map(read);
  }

  // Bytes

  /** Keep sealed chunks of a file: piece `number` has those from `number * PIECE_CHUNKS` on. */
  async keepPiece(tx: Tx, file: Bytes, place: number, sealed: Bytes): Promise<void> {
    await tx.put("pieces", { blob: hex(file), piece: place }, [], sealed);
  }

  /** Return one piece. */
  async piece(tx: Tx, file: Bytes, place: number): Promise<Bytes | null> {
    const row = await tx.get("pieces", [hex(file), place]);
    return row?.data ?? null;
  }

  /** Return how many pieces are here, without a gap. */
  async pieces(tx: Tx, file: Bytes): Promise<number> {
    const [last] = await tx.latest("pieces", null, under(hex(file)), 1);
    return last ? number(last.fields.piece) + 1 : 0;
  }

  /**
   * Forget files of which there is no message: one was sealed when the page was closed, or
   * went on coming when it was deleted. At most `most` at a time. Call it while nothing moves.
   */
  async sweep(tx: Tx, messages: MessageTable, most: number): Promise<void> {
    const live = new Set<string>();
    for (const row of (await tx.all("transfers")).map(read))
      if (await messages.has(tx, row.conversation, row.message))
        live.add(hex(row.file));
    const orphans = (await tx.beginnings("pieces")).filter((file) => !live.has(file));
    for (const file of orphans.slice(0, most)) await tx.delete("pieces", under(file));
  }

  /** Forget the bytes of a file. */
  async forget(tx: Tx, file: Bytes): Promise<void> {
    await tx.delete("pieces", under(hex(file)));
  }
}

function read(row: Row): TransferRow {
  const [file, moved, reason] = row.secret;
  return {
    conversation: fromHex(text(row.fields.conversation)),
    message: fromHex(text(row.fields.message)),
    file: blob(file),
    isUpload: row.fields.isUpload === 1,
    moved: number(moved),
    state: word(row.fields.state, STATES),
    reason: maybe(reason, text),
  };
}
