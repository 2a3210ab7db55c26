/**
 * Files: sealed into the store before they are sent, fetched piece by piece
 * (spec/conversations.md §8).
 */

import type { Bytes } from "../bytes.ts";
import { SessionLost } from "../carriers/line.ts";
import { StorageError, Unreachable, UsageError } from "../errors.ts";
import { reasonOf } from "../carriers/status.ts";
import {
  CHUNK,
  chunkCount,
  LARGEST,
  newFileKey,
  SEALED_CHUNK,
  sealChunk,
  unsealChunk,
} from "./core/files.ts";
import { type FileRef, filePart, safeFilename } from "./core/meaning.ts";
import { concat, hex } from "../bytes.ts";
import type { Extra, Outgoing } from "./door.ts";
import { findConversation, findMessage, findWritable, messageOf } from "./finding.ts";
import type { Tx } from "./store/database.ts";
import type { MessageRow } from "./store/timeline.ts";
import {
  packFile,
  PIECE_CHUNKS,
  type StoredFile,
  type TransferRow,
  unpackFile,
} from "./store/transfers.ts";
import { fetchChunks } from "./sync/blobs.ts";
import type { Hub } from "./sync/hub.ts";
import { tellMessage } from "./sync/telling.ts";
import { TooLate, within } from "./sync/waiting.ts";
import type { ConversationId, Message, MessageId } from "./values.ts";
import { addMessage, changed, checkText, tellOf } from "./writing.ts";

const ROAD_MS = 30_000;
const TRIES = 5;
const PIECE = PIECE_CHUNKS * CHUNK;
const OCTETS = "application/octet-stream";

/** Seal a file into the store, and queue it with its message. */
export async function sendFile(
  hub: Hub,
  id: string,
  outgoing: Outgoing,
  text: string,
  extra: Extra,
): Promise<Message> {
  if (text !== "") checkText(text);
  const { store } = hub;
  const row = await store.db.read((tx) => findWritable(tx, store, id));
  const { size } = outgoing.file;
  if (size > LARGEST) throw new UsageError("large file");
  const file: FileRef = {
    blob: hub.entropy(32),
    key: newFileKey(hub.entropy),
    size,
    name: safeFilename(outgoing.name),
    mediaType: mediaTypeOf(outgoing.mediaType),
    relay: null,
  };
  try {
    await sealInto(hub, file, outgoing.file);
    const where = store.account.knownRelay(row.relay)?.descriptor ?? null;
    const { media } = outgoing;
    const attachment = packFile({ file: { ...file, relay: where }, media });
    return await store.db.write(async (tx) => {
      const now = await findWritable(tx, store, id);
      const part = filePart(file, text);
      const draft = { part, text, extra, media, attachment, state: "held" } as const;
      const message = await addMessage(tx, hub, now, draft);
      await store.transfers.save(tx, upload(now.id, message, file.blob));
      tx.afterCommit(() => {
        hub.uploads?.wake();
      });
      return message;
    });
  } catch (error) {
    await store.db.write((tx) => store.transfers.forget(tx, file.blob));
    throw error;
  }
}

function upload(conversation: Bytes, message: Message, file: Bytes): TransferRow {
  return {
    conversation,
    message: messageOf(message.id),
    file,
    isUpload: true,
    moved: 0,
    state: "waiting",
    reason: null,
  };
}

function mediaTypeOf(said: string): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(said) ? said.toLowerCase() : OCTETS;
}

/** Seal a file piece by piece, so that what is sent again is always the same bytes. */
async function sealInto({ store }: Hub, file: FileRef, blob: Blob): Promise<void> {
  const chunks = chunkCount(file.size);
  for (let first = 0; first < chunks; first += PIECE_CHUNKS) {
    const begin = first * CHUNK;
    const data = await read(blob.slice(begin, begin + PIECE));
    const sealed: Bytes[] = [];
    for (let at = first; at < Math.min(chunks, first + PIECE_CHUNKS); at++) {
      const from = at * CHUNK - begin;
      sealed.push(
        sealChunk(file.key, file.size, at, data.subarray(from, from + CHUNK)),
      );
    }
    const piece = concat(...sealed);
    await store.db.write((tx) =>
      store.transfers.keepPiece(tx, file.blob, first / PIECE_CHUNKS, piece),
    );
  }
}

async function read(blob: Blob): Promise<Bytes> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    throw new UsageError("file unread");
  }
}

/**
 * Fetch a file, going on where an earlier try ended. Whoever names a relay learns the address
 * of who visits it: a file that lies on a strange one comes only when a person asks.
 */
export async function fetchFile(
  hub: Hub,
  id: string,
  message: string,
  isUnasked = false,
): Promise<Blob> {
  const { store } = hub;
  const found = await store.db.read(async (tx) => {
    const room = await findConversation(tx, store, id);
    return findMessage(tx, store, room.id, message);
  });
  const stored = storedOf(found);
  if (await isHere(hub, stored.file)) return opened(hub, stored.file);
  const { relay } = stored.file;
  if (isUnasked && relay && !store.account.knownRelay(relay.key))
    throw new UsageError("file elsewhere");
  await began(hub, found, stored.file.blob);
  for (let tries = 1; ; tries++)
    try {
      await fetchRest(hub, found, stored);
      return await opened(hub, stored.file);
    } catch (error) {
      if (error instanceof SessionLost && tries < TRIES) continue;
      await failed(hub, found);
      throw error;
    }
}

function storedOf(row: MessageRow): StoredFile {
  if (!row.attachment || row.deleted) throw new UsageError("no file");
  return unpackFile(row.attachment);
}

/** Whether every piece lies here: because it was fetched, or was sent from here. */
async function isHere({ store }: Hub, file: FileRef): Promise<boolean> {
  const pieces = await store.db.read((tx) => store.transfers.pieces(tx, file.blob));
  return pieces * PIECE_CHUNKS >= chunkCount(file.size);
}

async function began(hub: Hub, row: MessageRow, file: Bytes): Promise<void> {
  await hub.store.db.write(async (tx) => {
    const old = await hub.store.transfers.find(tx, row.conversation, row.id, false);
    if (old?.state !== "done")
      await hub.store.transfers.save(
        tx,
        download(row, file, old?.moved ?? 0, "moving"),
      );
    tell(tx, hub, row);
  });
}

/** A file that could not be fetched says so, unless somebody stopped it. */
async function failed(hub: Hub, row: MessageRow): Promise<void> {
  const { db, transfers } = hub.store;
  await db.write(async (tx) => {
    const now = await transfers.find(tx, row.conversation, row.id, false);
    if (now?.state !== "moving") return;
    await transfers.save(tx, { ...now, state: "failed" });
    tell(tx, hub, row);
  });
}

/** Tell how far the file of a message has come; that message may be gone by now. */
function tell(tx: Tx, hub: Hub, { conversation, id }: MessageRow): void {
  tellMessage(tx, hub.store, tellOf(hub), "message changed", conversation, id);
}

function download(
  row: MessageRow,
  file: Bytes,
  moved: number,
  state: TransferRow["state"],
): TransferRow {
  const { conversation, id: message } = row;
  return { conversation, message, file, isUpload: false, moved, state, reason: null };
}

/** Fetch the pieces that are not here yet, and keep each as it lies on the relay. */
async function fetchRest(hub: Hub, row: MessageRow, stored: StoredFile): Promise<void> {
  const { store } = hub;
  const { file } = stored;
  const chunks = chunkCount(file.size);
  let first =
    (await store.db.read((tx) => store.transfers.pieces(tx, file.blob))) * PIECE_CHUNKS;
  const line = await lineUp(hub, row, file);
  for (; first < chunks; first += PIECE_CHUNKS) {
    const count = Math.min(PIECE_CHUNKS, chunks - first);
    const sealed = await fetchChunks(line, file, first, count);
    for (const [at, one] of sealed.entries())
      unsealChunk(file.key, file.size, first + at, one);
    const moved = Math.min(file.size, (first + count) * CHUNK);
    const isDone = first + count >= chunks;
    const place = first / PIECE_CHUNKS;
    await store.db.write(async (tx) => {
      const now = await store.transfers.find(tx, row.conversation, row.id, false);
      if (now?.state === "cancelled") throw new UsageError("file stopped");
      const message = await store.messages.find(tx, row.conversation, row.id);
      if (!message || message.deleted) throw new UsageError("no message");
      await store.transfers.keepPiece(tx, file.blob, place, concat(...sealed));
      const state = isDone ? "done" : "moving";
      await store.transfers.save(tx, download(row, file.blob, moved, state));
      if (isDone) tell(tx, hub, row);
    });
    hub.tell({
      type: "transfer",
      conversation: hex(row.conversation) as ConversationId,
      message: hex(row.id) as MessageId,
      moved,
      size: file.size,
    });
  }
}

async function lineUp(hub: Hub, row: MessageRow, file: FileRef) {
  const { store } = hub;
  const room = await store.db.read((tx) =>
    store.conversations.row(tx, row.conversation),
  );
  const key = file.relay?.key ?? room?.relay;
  const relay = (key && store.account.knownRelay(key)?.descriptor) ?? file.relay;
  if (!relay) throw new UsageError("file nowhere");
  const line = hub.line(relay);
  try {
    await within(line.up(), ROAD_MS, hub.signal);
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
    throw new Unreachable(reasonOf(line.status));
  }
  return line;
}

/** Put a file together out of its sealed pieces. */
async function opened({ store }: Hub, file: FileRef): Promise<Blob> {
  const parts: Blob[] = [];
  const chunks = chunkCount(file.size);
  for (let first = 0; first < chunks; first += PIECE_CHUNKS) {
    const place = first / PIECE_CHUNKS;
    const piece = await store.db.read((tx) =>
      store.transfers.piece(tx, file.blob, place),
    );
    if (!piece) throw new StorageError("file part missing");
    const plain: Bytes[] = [];
    for (let at = 0; at * SEALED_CHUNK < piece.length; at++) {
      const sealed = piece.subarray(at * SEALED_CHUNK, (at + 1) * SEALED_CHUNK);
      plain.push(unsealChunk(file.key, file.size, first + at, sealed));
    }
    // Each part may go to the browser's disk, so a large file does not fill the memory.
    parts.push(new Blob(plain));
  }
  return new Blob(parts, { type: file.mediaType });
}

/** Stop a file that moves, up or down; what has come is kept. */
export async function cancelFile(hub: Hub, id: string, message: string): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const room = await findConversation(tx, store, id);
    const row = await findMessage(tx, store, room.id, message);
    for (const isUpload of [true, false]) {
      const found = await store.transfers.find(tx, room.id, row.id, isUpload);
      if (!found || (found.state !== "waiting" && found.state !== "moving")) continue;
      await store.transfers.save(tx, { ...found, state: "cancelled" });
      if (!isUpload) continue;
      await store.outbox.setState(tx, room.id, row.id, "failed");
      await store.messages.setState(tx, room.id, row.id, "failed", "stopped by you");
    }
    await changed(tx, hub, room.id, row.id);
  });
}
