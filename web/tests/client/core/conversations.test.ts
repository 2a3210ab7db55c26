import { expect, test } from "vitest";

import { type Bytes, fromHex, hex } from "../../../src/bytes.ts";
import {
  epochHashes,
  epochKeys,
  isBlobRef,
  packBlobRef,
  packEpochKeys,
  seal,
  unpackEpochKeys,
  unseal,
} from "../../../src/client/core/envelope.ts";
import {
  chunkCount,
  sealedSize,
  sealFile,
  unsealChunk,
  unsealFile,
} from "../../../src/client/core/files.ts";
import { sha256 } from "../../../src/client/core/gcm.ts";
import { decodeInfo, encodeInfo, withAdmin } from "../../../src/client/core/info.ts";
import { pad, paddedSize, unpad } from "../../../src/client/core/padding.ts";
import { sealNote, unsealNote } from "../../../src/client/core/whispers.ts";
import { RELAY_DESCRIPTOR } from "../../../src/wire/links.ts";
import { constant, errorOf, vectors } from "./rows.ts";

interface Description {
  readonly name?: string;
  readonly data: string;
  readonly kind?: number;
  readonly title?: string;
  readonly admins?: string[];
  readonly stream?: string;
  readonly relay?: string;
  readonly error: string | null;
}

const file = vectors("conversations") as {
  size_classes: [number, number][];
  epoch: Record<string, string> & { epoch: number };
  envelopes: {
    name: string;
    stream: string;
    epoch: number;
    envelope: string;
    sealed: string;
    body: string | null;
    error: string | null;
  }[];
  whispers: {
    sealed: string;
    account?: string;
    is_typing?: boolean;
    error: string | null;
  }[];
  descriptions: Description[];
  files: {
    size: number;
    key: string;
    prefix: string;
    sealed_size: number;
    sealed: string | null;
    sealed_sha256: string;
  }[];
};

const keys = epochKeys(file.epoch.epoch, (label) => fromHex(file.epoch[label]!));
const stream = fromHex(file.envelopes[0]!.stream);

test.each(file.size_classes)("a length of %i has the size class %i", (length, size) => {
  expect(paddedSize(length)).toBe(size);
});

test("padding is taken off again, and nothing may hide in it", () => {
  const body = Uint8Array.of(1, 2, 3);
  const padded = pad(body, 49_152);
  expect(unpad(padded)).toEqual(body);
  padded[255] = 1;
  expect(() => unpad(padded)).toThrow("padding");
  expect(() => unpad(Uint8Array.of(0, 0, 0))).toThrow("padding");
  expect(() => unpad(Uint8Array.of(0, 0, 0, 9, 1))).toThrow("padding");
});

test("an epoch's hashes are of its tokens, and its keys come back from the store", () => {
  const [append, read] = epochHashes(keys);
  expect(hex(append)).toBe(file.epoch.append_hash);
  expect(hex(read)).toBe(file.epoch.read_hash);
  expect(unpackEpochKeys(packEpochKeys(keys))).toEqual(keys);
});

test.each(file.envelopes)("an envelope: $name", async (row) => {
  const place = { stream: fromHex(row.stream), envelope: fromHex(row.envelope) };
  const sealed = fromHex(row.sealed);
  expect(await errorOf(() => unseal(keys, place, sealed))).toBe(row.error);
  if (row.error !== null) return;
  const body = unseal(keys, place, sealed);
  expect(hex(isBlobRef(body) ? packBlobRef(body) : body)).toBe(row.body);
  expect(hex(seal(keys, place, body, constant(row.sealed.slice(0, 24))))).toBe(
    row.sealed,
  );
});

test.each(file.whispers)("a whisper: typing $is_typing, error $error", async (row) => {
  const sealed = fromHex(row.sealed);
  expect(await errorOf(() => unsealNote(keys, stream, sealed))).toBe(row.error);
  if (row.error !== null) return;
  const note = unsealNote(keys, stream, sealed);
  expect(note).toEqual({ account: fromHex(row.account!), isTyping: row.is_typing });
  const made = sealNote(keys, stream, note, constant(row.sealed.slice(0, 24)));
  expect(hex(made)).toBe(row.sealed);
});

test.each(file.descriptions)("a description: $kind $title$name", async (row) => {
  const data = fromHex(row.data);
  expect(await errorOf(() => decodeInfo(data))).toBe(row.error);
  if (row.error !== null) return;
  const info = decodeInfo(data);
  expect(info.kind).toBe(row.kind);
  expect(info.title).toBe(row.title);
  expect(info.admins.map(hex)).toEqual(row.admins);
  expect(hex(info.stream)).toBe(row.stream);
  expect(hex(RELAY_DESCRIPTOR.write(info.relay))).toBe(row.relay);
  expect(hex(encodeInfo(info))).toBe(row.data);
});

test("admins stay in order as they come and go, and a group keeps one", () => {
  const group = decodeInfo(
    fromHex(file.descriptions.find((one) => one.kind === 1)!.data),
  );
  const first: Bytes = new Uint8Array(32);
  const more = withAdmin(group, first, true);
  expect(more.admins[0]).toEqual(first);
  expect(withAdmin(more, first, false)).toEqual(group);
  expect(() => encodeInfo({ ...group, admins: [] })).toThrow("impossibly");
});

test.each(file.files)("a file of $size bytes", (row) => {
  const key = { key: fromHex(row.key), prefix: fromHex(row.prefix) };
  const data = Uint8Array.from({ length: row.size }, (_, at) => 48 + (at % 10));
  const sealed = sealFile(key, data);
  expect(sealed.length).toBe(row.sealed_size);
  expect(sealedSize(row.size)).toBe(row.sealed_size);
  if (row.sealed !== null) expect(hex(sealed)).toBe(row.sealed);
  expect(hex(sha256(sealed))).toBe(row.sealed_sha256);
  expect(unsealFile(key, row.size, sealed)).toEqual(data);
  const last = chunkCount(row.size) - 1;
  const flipped = sealed.slice(last * 32_784);
  flipped[0] = (flipped[0] as number) ^ 1;
  expect(() => unsealChunk(key, row.size, last, flipped)).toThrow("not what was sent");
  expect(() => unsealFile(key, row.size + 1_000_000, sealed)).toThrow("length");
});

test("what hides behind the end of a file is found", () => {
  const row = file.files.find((one) => one.size === 256)!;
  const key = { key: fromHex(row.key), prefix: fromHex(row.prefix) };
  const sealed = sealFile(key, new Uint8Array(256).fill(7));
  expect(() => unsealFile(key, 255, sealed)).toThrow("padding");
});
