/** vectors/wire.json and the links of vectors/identity.json, failures included. */
import { expect, test } from "vitest";
import { fromHex, hex } from "../../src/bytes.ts";
import { Malformed } from "../../src/errors.ts";
import {
  REPLIES,
  REQUESTS,
  type Request,
  decode,
  decodeReply,
  encode,
} from "../../src/wire/codec.ts";
import { parseInviteLink, writeInviteLink } from "../../src/wire/invites.ts";
import {
  RELAY_DESCRIPTOR,
  parsePassLink,
  writePassLink,
} from "../../src/wire/links.ts";
import { REPLY_TYPES, REQUEST_TYPES } from "../../src/wire/tables.ts";
import { shown, vectors } from "./vectors.ts";

interface Row {
  readonly type: string;
  readonly number: number;
  readonly fields: unknown;
  readonly message: string;
}

const WIRE = vectors("wire") as {
  requests: Row[];
  replies: Row[];
  bad_requests: { why: string; message: string; refusal: number }[];
  pass_links: { link: string; fields: unknown }[];
  bad_pass_links: { why: string; link: string }[];
};

const { invites: INVITES } = vectors("identity") as {
  invites: {
    name: string;
    link: string;
    account: string | null;
    secret: string;
    display_name: string;
    relays: string[];
    error: string | null;
  }[];
};

const decodeRequest = (message: Uint8Array): [number, Request] =>
  decode<Request>(message, REQUEST_TYPES, REQUESTS);

test("every type of message is in the file, here and in the table", () => {
  const named = (rows: Row[]): string[] => [...new Set(rows.map((row) => row.type))];
  expect(named(WIRE.requests).sort()).toEqual(Object.keys(REQUESTS).sort());
  expect(named(WIRE.replies).sort()).toEqual(Object.keys(REPLIES).sort());
  expect(Object.keys(REQUEST_TYPES).sort()).toEqual(Object.keys(REQUESTS).sort());
  expect(Object.keys(REPLY_TYPES).sort()).toEqual(Object.keys(REPLIES).sort());
});

test.each(WIRE.requests)(
  "a request reads and writes as the file says: $type",
  (row) => {
    const [number, request] = decodeRequest(fromHex(row.message));
    expect([request.type, number, shown(request)]).toEqual([
      row.type,
      row.number,
      row.fields,
    ]);
    expect(hex(encode(number, request))).toBe(row.message);
  },
);

test.each(WIRE.replies)("a reply reads and writes as the file says: $type", (row) => {
  const [number, reply] = decodeReply(fromHex(row.message));
  expect([reply.type, number, shown(reply)]).toEqual([
    row.type,
    row.number,
    row.fields,
  ]);
  expect(hex(encode(number, reply))).toBe(row.message);
});

test.each(WIRE.bad_requests)("a bad request is malformed: $why", (row) => {
  expect(() => decodeRequest(fromHex(row.message))).toThrow(Malformed);
});

test("a reply cut anywhere, or with a byte too many, is malformed or another value", () => {
  for (const row of WIRE.replies) {
    const whole = fromHex(row.message);
    const again = (bytes: Uint8Array): string => {
      try {
        return hex(encode(...decodeReply(bytes)));
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        return hex(bytes);
      }
    };
    for (let size = 0; size <= whole.length; size++)
      expect(again(whole.subarray(0, size))).toBe(hex(whole.subarray(0, size)));
    expect(again(new Uint8Array([...whole, 0]))).toBe(`${row.message}00`);
  }
});

test("a number of 2^53 or more is malformed, because it would lose digits", () => {
  const ended = (epoch: string): Uint8Array =>
    fromHex(`c20000000000000001${epoch}0000000000000001`);
  expect(decodeReply(ended("001fffffffffffff"))[1]).toMatchObject({
    epoch: 2 ** 53 - 1,
  });
  expect(() => decodeReply(ended("0020000000000000"))).toThrow(Malformed);
});

test.each(WIRE.pass_links)("a pass link reads and writes as the file says", (row) => {
  const link = parsePassLink(row.link);
  expect(shown(link)).toEqual(row.fields);
  expect(writePassLink(link)).toBe(row.link);
});

test("an address of a road that no page takes is read and passed on", () => {
  const relay = {
    key: new Uint8Array(32),
    addresses: [1, 2, 3, 4, 5, 6, 7].map((road) => ({
      road,
      host: "t.example",
      port: 53,
      path: "/a1b2c3",
      cover: "",
    })),
  };
  const link = writePassLink({ token: new Uint8Array(32), relay });
  expect(parsePassLink(link).relay).toEqual(relay);
});

test.each([0, 8, 9])("an address of a road nobody knows is malformed: %i", (road) => {
  const address = { road, host: "a", port: 1, path: "", cover: "" };
  const relay = { key: new Uint8Array(32), addresses: [address] };
  const link = writePassLink({ token: new Uint8Array(32), relay });
  expect(() => parsePassLink(link)).toThrow(Malformed);
});

test.each(WIRE.bad_pass_links)("a bad pass link is malformed: $why", (row) => {
  expect(() => parsePassLink(row.link)).toThrow(Malformed);
});

test.each(INVITES)("an invite link is read or refused: $name", (row) => {
  if (row.error !== null) {
    expect(row.error).toBe("Malformed");
    expect(() => parseInviteLink(row.link)).toThrow(Malformed);
    return;
  }
  const link = parseInviteLink(row.link);
  expect([hex(link.account), hex(link.secret)]).toEqual([row.account, row.secret]);
  expect(link.name).toBe(row.display_name);
  expect(link.relays.map((one) => hex(RELAY_DESCRIPTOR.write(one)))).toEqual(
    row.relays,
  );
  expect(parseInviteLink(writeInviteLink(link))).toEqual(link);
});
