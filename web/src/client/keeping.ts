/**
 * Backup and restore (spec/identity.md §8, "Linnet backup 2"): the account as another
 * device would get it, what was said, and where this device stood in its conversations.
 */

import { type Bytes, concat, equal, utf8 } from "../bytes.ts";
import { LinnetError, Malformed, RemoteError, UsageError } from "../errors.ts";
import { Fields, uint } from "../wire/fields.ts";
import { type AccountBundle, decodeBundle, encodeBundle } from "./core/bundle.ts";
import { encode } from "./core/cbor.ts";
import { Expected } from "./core/expect.ts";
import {
  chunkCount,
  type FileKey,
  newFileKey,
  SEALED_CHUNK,
  sealFile,
  unsealChunk,
  PREFIX,
  sealedSize,
} from "./core/files.ts";
import type { Entropy } from "./core/gcm.ts";
import { newPhrase, readPhrase } from "./core/phrase.ts";
import { type HistoryRecord, readRecord, writeRecord } from "./core/records.ts";
import { bundleOf, piecesOf } from "./bundling.ts";
import type { Store } from "./store/home.ts";
import { unwrap, wrap, type Wrapped } from "./store/vault.ts";

const MAGIC = utf8("Linnet backup 2\n");
const DAMAGED = "This backup is damaged; nothing was restored.";
const LARGEST_PIECE = 2 ** 20;
const HISTORY = 1;
const PLACE = 2;

/** Where a device stood in a conversation when the backup was made. */
export interface PlaceKept {
  readonly conversation: Bytes;
  readonly epochState: Bytes;
  readonly ratchetState: Bytes;
  readonly sequence: number;
  readonly envelope: Bytes;
}

/** What a backup holds. */
export interface Kept {
  readonly bundle: AccountBundle;
  readonly places: readonly PlaceKept[];
  readonly records: readonly HistoryRecord[];
}

/** Write an encrypted backup and the phrase that opens it. */
export async function backup(
  store: Store,
  entropy: Entropy,
): Promise<{ file: Blob; phrase: string }> {
  const phrase = newPhrase(entropy);
  const content = await contentOf(store);
  const key = newFileKey(entropy);
  const wrapped = await wrap(concat(key.key, key.prefix), readPhrase(phrase), entropy);
  const vault = utf8(vaultText(wrapped));
  const head = concat(MAGIC, uint(2, vault.length), vault, uint(8, content.length));
  return { file: new Blob([head, sealFile(key, content)]), phrase };
}

async function contentOf(store: Store): Promise<Bytes> {
  const { bundle, rows } = await store.db.read(async (tx) => ({
    bundle: await bundleOf(tx, store, []),
    rows: await store.conversations.all(tx),
  }));
  const items = [encodeBundle(bundle)];
  for (const row of rows) {
    if (row.state !== "active" && row.state !== "leaving") continue;
    const machine = await store.groups.load(store.db, row.id);
    if (!machine) continue;
    const { group } = machine;
    const states = [group.epochState(), group.ratchetState()];
    items.push(encode([PLACE, row.id, ...states, row.sequence, row.envelope]));
  }
  const sizeOf = (record: HistoryRecord): number => encode(writeRecord(record)).length;
  for (const { id } of bundle.conversations)
    for await (const piece of piecesOf(store, id, LARGEST_PIECE - 16, sizeOf))
      items.push(encode([HISTORY, piece.map(writeRecord)]));
  return concat(...items.flatMap((one) => [uint(4, one.length), one]));
}

/** Open a backup; throws `UsageError` for a wrong phrase, or what is no sound backup. */
export async function openBackup(file: Blob, phrase: string): Promise<Kept> {
  const secret = typedSecret(phrase);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!equal(bytes.subarray(0, MAGIC.length), MAGIC))
    throw new UsageError(
      bytes.subarray(0, MAGIC.length - 2).every((one, at) => one === MAGIC[at])
        ? "backup terminal"
        : "backup none",
    );
  try {
    const fields = new Fields(bytes, MAGIC.length);
    const wrapped = vaultOf(fields.sized(2));
    const size = fields.number(8);
    const key = await fileKey(wrapped, secret);
    return readContent(unsealed(key, size, fields.rest()));
  } catch (error) {
    if (error instanceof RemoteError) throw new UsageError("backup damaged");
    throw error;
  }
}

function typedSecret(phrase: string): Bytes {
  try {
    return readPhrase(phrase);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UsageError(error.said?.code ?? "phrase slip");
  }
}

async function fileKey(wrapped: Wrapped, secret: Bytes): Promise<FileKey> {
  let packed: Bytes;
  try {
    packed = await unwrap(wrapped, secret);
  } catch (error) {
    if (!(error instanceof LinnetError)) throw error;
    throw new UsageError("phrase wrong");
  }
  if (packed.length !== 32 + PREFIX) throw new Malformed(DAMAGED);
  return { key: packed.slice(0, 32), prefix: packed.slice(32) };
}

function unsealed(key: FileKey, size: number, sealed: Bytes): Bytes {
  if (size > sealed.length || sealed.length !== sealedSize(size))
    throw new Malformed(DAMAGED);
  const chunks = Array.from({ length: chunkCount(size) }, (_, number) => {
    const at = number * SEALED_CHUNK;
    return unsealChunk(key, size, number, sealed.subarray(at, at + SEALED_CHUNK));
  });
  return concat(...chunks);
}

/** Read the items of a backup; throws `Malformed`. */
function readContent(content: Bytes): Kept {
  const fields = new Fields(content);
  const bundle = decodeBundle(fields.sized(4));
  const places: PlaceKept[] = [];
  const records: HistoryRecord[] = [];
  while (!fields.isDone) {
    const item = Expected.decode(fields.sized(4), DAMAGED);
    const kind = item.number(PLACE);
    if (kind === HISTORY) records.push(...item.list(readRecord));
    else if (kind === PLACE) places.push(readPlace(item));
    else throw item.malformed();
    item.finish();
  }
  return { bundle, places, records };
}

function readPlace(item: Expected): PlaceKept {
  return {
    conversation: item.bytes(16),
    epochState: item.bytes(),
    ratchetState: item.bytes(),
    sequence: item.number(2 ** 53 - 1),
    envelope: item.bytes(16),
  };
}

/** Write a vault as the record of spec/identity.md §7. */
function vaultText({ memoryKib, passes, lanes, salt, key }: Wrapped): string {
  return JSON.stringify({
    version: 1,
    kdf: "argon2id",
    memory_kib: memoryKib,
    passes,
    lanes,
    salt: base64(salt),
    key: base64(key),
  });
}

function vaultOf(text: Uint8Array): Wrapped {
  try {
    const record = JSON.parse(new TextDecoder().decode(text)) as Record<
      string,
      unknown
    >;
    const { version, kdf, memory_kib: memoryKib, passes, lanes, salt, key } = record;
    if (
      version === 1 &&
      kdf === "argon2id" &&
      typeof memoryKib === "number" &&
      typeof passes === "number" &&
      typeof lanes === "number" &&
      typeof salt === "string" &&
      typeof key === "string"
    )
      return { memoryKib, passes, lanes, salt: unbase64(salt), key: unbase64(key) };
  } catch {
    // No JSON, or no base64 in it: the sentence below says it.
  }
  throw new Malformed(DAMAGED);
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function unbase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}
