import { expect, test } from "vitest";

import { type Bytes, fromHex, hex } from "../../../src/bytes.ts";
import { decodeBundle, encodeBundle } from "../../../src/client/core/bundle.ts";
import { decode, type Value } from "../../../src/client/core/cbor.ts";
import { readEntry, writeEntry } from "../../../src/client/core/entries.ts";
import { packBlobRef, unpackBlobRef } from "../../../src/client/core/envelope.ts";
import { deviceKeys, mailboxKeys } from "../../../src/client/core/keys.ts";
import {
  commitment,
  NewSide,
  OldSide,
  parseDeviceLink,
  spaced,
  writeDeviceLink,
} from "../../../src/client/core/linking.ts";
import { readPiece, writePiece } from "../../../src/client/core/records.ts";
import { RELAY_DESCRIPTOR } from "../../../src/wire/links.ts";
import { errorOf, vectors } from "./rows.ts";

interface Named {
  readonly name: string;
}
interface LinkRow extends Named {
  readonly link: string;
  readonly relay?: string;
  readonly stream?: string;
  readonly secret?: string;
  readonly error: string | null;
}

const file = vectors("devices") as {
  links: LinkRow[];
  mailbox: Record<string, string> & { envelopes: string[] };
  exchange: Record<string, string> & { envelopes: string[] };
  refused: (Named & { place: number; envelope: string; error: string })[];
  device_shelf: Record<string, string>;
  entries: (Named & { entry: string; fields: unknown })[];
  bad_entries: (Named & { entry: string })[];
  bundle: { data: string; fields: unknown };
  bad_bundles: (Named & { data: string })[];
  piece: { data: string; records: unknown[] };
  bad_pieces: (Named & { data: string })[];
};

/** CBOR as the file shows it: byte strings as hexadecimal after `h:`. */
function shown(value: Value): unknown {
  if (value instanceof Uint8Array) return `h:${hex(value)}`;
  if (Array.isArray(value)) return (value as Value[]).map(shown);
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as Map<string, Value>)].map(([key, one]) => [key, shown(one)]),
    );
  return value;
}

const { exchange } = file;
const draws = (...names: string[]): ((length: number) => Bytes) => {
  const left = names.map((name) => fromHex(exchange[name]!));
  return () => left.shift()!;
};
const sides = () => {
  const link = parseDeviceLink(exchange.link!);
  return {
    fresh: new NewSide(link, draws("new_nonce", "new_ephemeral")),
    old: new OldSide(link, draws("old_nonce", "old_ephemeral")),
  };
};

test.each(file.links)("a device link: $name", async (row) => {
  expect(await errorOf(() => parseDeviceLink(row.link))).toBe(row.error);
  if (row.error !== null) return;
  const link = parseDeviceLink(row.link);
  expect(hex(RELAY_DESCRIPTOR.write(link.relay))).toBe(row.relay);
  expect(hex(link.stream)).toBe(row.stream);
  expect(hex(link.secret)).toBe(row.secret);
  expect(writeDeviceLink(link)).toBe(row.link);
});

test("everything of a mailbox comes of the link's secret", () => {
  const keys = mailboxKeys(fromHex(file.mailbox.secret!));
  expect(hex(keys.psk)).toBe(file.mailbox.psk);
  expect(hex(keys.appendToken)).toBe(file.mailbox.append_token);
  expect(hex(keys.readToken)).toBe(file.mailbox.read_token);
  expect(hex(keys.controlToken)).toBe(file.mailbox.control_token);
  expect(keys.envelopes.map(hex)).toEqual(file.mailbox.envelopes);
});

test("both sides of an exchange make the envelopes of the file and show one code", () => {
  const { fresh, old } = sides();
  const envelopes: Bytes[] = [];
  const put = (envelope: Bytes): Bytes => {
    envelopes.push(envelope);
    return envelope;
  };
  const answer = put(old.greeted(put(fresh.hello(exchange.device_name!))));
  expect(old.name).toBe(exchange.device_name);
  expect(hex(commitment(fromHex(exchange.new_nonce!)))).toBe(exchange.commitment);
  expect(() => old.give(unpackBlobRef(fromHex(exchange.bundle_reference!)))).toThrow(
    "before there is a code",
  );
  expect(fresh.answered(answer)).toBe(exchange.code);
  const device = old.proven(put(fresh.prove(fromHex(exchange.device!))));
  expect(hex(device)).toBe(exchange.device);
  expect(old.code).toBe(exchange.code);
  const given = put(old.give(unpackBlobRef(fromHex(exchange.bundle_reference!))));
  expect(hex(packBlobRef(fresh.received(given)))).toBe(exchange.bundle_reference);
  old.finished(put(fresh.done()));
  expect(envelopes.map(hex)).toEqual(exchange.envelopes);
});

test("a code is shown as three and three digits", () => {
  expect(spaced("012345")).toBe("012 345");
});

test.each(file.refused)("envelope $place is refused: $name", async (row) => {
  const { fresh, old } = sides();
  const envelope = fromHex(row.envelope);
  const first = fresh.hello(exchange.device_name!);
  const take = (): unknown => {
    if (row.place === 1) return old.greeted(envelope);
    if (row.place === 2) return fresh.answered(envelope);
    fresh.answered(old.greeted(first));
    return old.proven(envelope);
  };
  if (row.place === 2) old.greeted(first);
  expect(await errorOf(take)).toBe(row.error);
});

test("a device's own shelf comes of the owner secret", () => {
  const row = file.device_shelf;
  const from = (name: string) => fromHex(row[name]!);
  const keys = deviceKeys(from("owner_secret"), from("relay_key"), from("device"));
  expect(hex(keys.shelf)).toBe(row.shelf);
  expect(hex(keys.claimToken)).toBe(row.claim_token);
  expect(hex(keys.ownerToken)).toBe(row.owner_token);
  expect(hex(keys.key)).toBe(row.key);
});

test.each(file.entries)("an entry: $name", (row) => {
  const data = fromHex(row.entry);
  expect(shown(decode(data))).toEqual(row.fields);
  expect(hex(writeEntry(readEntry(data)))).toBe(row.entry);
});

test.each(file.bad_entries)("an entry that is skipped: $name", async (row) => {
  expect(await errorOf(() => readEntry(fromHex(row.entry)))).toBe("Malformed");
});

test("an account is handed over whole", () => {
  const data = fromHex(file.bundle.data);
  expect(shown(decode(data))).toEqual(file.bundle.fields);
  const bundle = decodeBundle(data);
  expect(bundle.name).toBe("Alice");
  expect(bundle.conversations.map((one) => one.state)).toEqual(["active", "left"]);
  expect(hex(encodeBundle(bundle))).toBe(file.bundle.data);
});

test.each(file.bad_bundles)("an account that is refused whole: $name", async (row) => {
  expect(await errorOf(() => decodeBundle(fromHex(row.data)))).toBe("Malformed");
});

test("a piece of a history is read and written", () => {
  const records = readPiece(fromHex(file.piece.data));
  expect(records.map((one) => one.notice)).toEqual([null, "Bob has a new device."]);
  expect(records[0]?.file?.media).toEqual({
    width: 640,
    height: 480,
    preview: new TextEncoder().encode("tiny"),
  });
  expect(hex(writePiece(records))).toBe(file.piece.data);
  expect(shown(decode(writePiece(records)))).toEqual(file.piece.records);
});

test.each(file.bad_pieces)("a piece that is refused: $name", async (row) => {
  expect(await errorOf(() => readPiece(fromHex(row.data)))).toBe("Malformed");
});
