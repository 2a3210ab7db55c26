/** Bytes from outside give a value or one named error; what is read is written the same. */
import { expect, test } from "vitest";
import { fromHex, utf8, type Bytes } from "../../src/bytes.ts";
import {
  decode,
  length,
  opaque,
  optional,
  Reader,
  readOpaque,
  uint64,
  vector,
} from "../../src/mls/codec.ts";
import {
  Group,
  Identity,
  KeyPackage,
  MalformedMessage,
  MLSError,
  OwnKeyPackage,
  peek,
  StagedCommit,
  UsageError,
  WrongEpoch,
} from "../../src/mls/index.ts";
import { gather, HOW, keyPackage, NOW, settings } from "./people.ts";
import { Seeded } from "./seeded.ts";

test.each([0, 63, 64, 16383, 16384, 2 ** 30 - 1])(
  "the length %i reads back",
  (value) => {
    expect(new Reader(length(value)).length()).toBe(value);
  },
);

test("vectors and optionals read back", () => {
  const values = [utf8(""), utf8("a"), new Uint8Array(100).fill(7)];
  const encoded = vector(values.map(opaque));

  expect(decode(encoded, (reader) => reader.vector(readOpaque))).toEqual(values);
  for (const value of [undefined, utf8("present")]) {
    const written = optional(value && opaque(value));
    expect(decode(written, (reader) => reader.optional(readOpaque))).toEqual(value);
  }
});

test.each(["4001", "80000001", "c0", "05", "0100ff", "8000ffff"])(
  "what is not canonical or not whole is refused: %s",
  (encoded) => {
    expect(() => decode(fromHex(encoded), readOpaque)).toThrow(MalformedMessage);
  },
);

test("a number too large to be exact is refused, and not written", () => {
  const largest = Number.MAX_SAFE_INTEGER;
  const read = (bytes: Bytes) => decode(bytes, (reader) => reader.uint64());

  expect(read(uint64(largest))).toBe(largest);
  expect(() => read(fromHex("0020000000000000"))).toThrow(MalformedMessage);
  expect(() => uint64(largest + 1)).toThrow(UsageError);
});

test("bytes that somebody damaged throw nothing but our errors", async () => {
  const random = new Seeded("damage");
  const [alice, bob] = (await gather(["alice", "bob"])) as [Group, Group];
  const own = await keyPackage("carol");
  const staged = await alice.commit([], { ...HOW, options: { groupInfo: true } });
  const [, said] = await alice.encrypt(utf8("hello"), HOW);
  const [epoch, ratchet] = [bob.epochState(), bob.ratchetState()];
  const parsers: [Bytes, (bytes: Bytes) => unknown][] = [
    [own.message, (bytes) => KeyPackage.fromMessage(bytes)],
    [own.toBytes(), (bytes) => OwnKeyPackage.fromBytes(bytes)],
    [own.identity.toBytes(), (bytes) => Identity.fromBytes(bytes)],
    [staged.message, (bytes) => bob.process(bytes, { now: NOW })],
    [said, (bytes) => bob.process(bytes, { now: NOW })],
    [said, (bytes) => peek(bytes)],
    [staged.toBytes(), (bytes) => StagedCommit.fromBytes(bytes, { settings })],
    [epoch, (bytes) => Group.restore(bytes, ratchet, { settings })],
    [ratchet, (bytes) => Group.restore(epoch, bytes, { settings })],
    [
      staged.groupInfo!,
      (bytes) => Group.joinByExternalCommit(bytes, own.identity, { ...HOW, settings }),
    ],
  ];

  for (const [honest, parse] of parsers)
    for (let time = 0; time < 60; time++) {
      const end = random.percent(30) ? random.below(honest.length) : honest.length;
      const damaged = honest.slice(0, end);
      for (let flips = random.below(3); flips > 0 && end > 0; flips--)
        damaged[random.below(end)] = random.below(256);
      try {
        await parse(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(MLSError);
      }
    }
});

test("a message of an epoch that is gone says which epoch it was", async () => {
  const [alice, bob] = (await gather(["alice", "bob"])) as [Group, Group];
  const staged = await alice.commit([], HOW);
  const later = await staged.next.commit([], HOW);

  const error: unknown = await bob
    .process(later.message, { now: NOW })
    .catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(WrongEpoch);
  expect(error).toMatchObject({ epoch: bob.epoch + 1, current: bob.epoch });
});
