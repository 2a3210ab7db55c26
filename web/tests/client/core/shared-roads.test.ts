/** vectors/shared_roads.json, as a page takes it (spec/carriers.md §9.5, spec/web.md §6). */
import { expect, test } from "vitest";

import { type Bytes, fromHex, hex } from "../../../src/bytes.ts";
import { decodeContent } from "../../../src/client/core/content.ts";
import { meaningOf } from "../../../src/client/core/meaning.ts";
import {
  admitted,
  hasRoom,
  type SharedRoad,
} from "../../../src/client/core/shared-roads.ts";
import {
  type Address,
  readWhole,
  RELAY_DESCRIPTOR,
  type RelayDescriptor,
} from "../../../src/wire/links.ts";
import { vectors } from "../../wire/vectors.ts";

const file = vectors("shared_roads") as {
  relay: string;
  "relay's address": string;
  contents: { name: string; content: string; road: string }[];
  malformed: { name: string; content: string }[];
  admitted: { name: string; address: string; is_kept: boolean }[];
};
const GIVER = new Uint8Array(32).fill(7);
const KEY = fromHex(file.relay);

/** A descriptor of the relay with one address as the file has it. */
function relayAt(address: string): RelayDescriptor {
  return readWhole(RELAY_DESCRIPTOR, fromHex(`${file.relay}01${address}`));
}
const RELAY = relayAt(file["relay's address"]);

function road(host: string, kind = 3): Address {
  return { road: kind, host, port: 443, path: "/p", cover: "" };
}

function shared(...addresses: readonly Address[]) {
  return { hops: 0, relays: [{ key: KEY, addresses }] };
}

test.each(file.contents)(
  "a shared road means this: $name",
  ({ name, content, road }) => {
    const meaning = meaningOf(decodeContent(fromHex(content)));
    if (meaning.kind !== "roads") throw new Error(meaning.kind);
    expect(`${meaning.hops} more`).toBe(name);
    expect(meaning.relays.map((one) => hex(RELAY_DESCRIPTOR.write(one))).join("")).toBe(
      road,
    );
  },
);

test.each(file.malformed)("a malformed road is refused: $name", ({ content }) => {
  expect(() => meaningOf(decodeContent(fromHex(content)))).toThrow();
});

test.each(file.admitted)(
  "of what may be kept a page keeps what it can take: $name",
  (row) => {
    const one = relayAt(row.address);
    const { kept, useless } = admitted({ hops: 0, relays: [one] }, GIVER, [RELAY], []);
    const fits = row.is_kept && row.name === "a road";
    expect(kept.map(({ address }) => address)).toEqual(fits ? one.addresses : []);
    if (row.is_kept) expect(kept.length + useless).toBe(1);
  },
);

test("a page keeps only roads over TLS to names that the world knows", () => {
  const hosts = ["8.8.8.8", "2001:db8::1", "printer", "nas.local", "0x7f.1", "a..b"];
  const { kept, useless } = admitted(
    shared(...hosts.map((host) => road(host)), road("a.example", 2), road("b.example")),
    GIVER,
    [RELAY],
    [],
  );
  expect(kept.map(({ address }) => address.host)).toEqual(["b.example"]);
  expect(useless).toBe(hosts.length + 1);
});

test("a page keeps no road whose path could be taken for another host", () => {
  const odd = { ...road("b.example"), path: "@10.0.0.1/" };
  const { kept, useless } = admitted(shared(odd), GIVER, [RELAY], []);
  expect([kept.length, useless]).toEqual([0, 1]);
});

test("a contact leads a page to this machine only where the relay is on it", () => {
  const here = { key: KEY, addresses: [road("127.0.0.1", 2)] };
  const link = shared(road("localhost", 2));
  expect(admitted(link, GIVER, [RELAY], []).kept).toEqual([]);
  expect(admitted(link, GIVER, [here], []).kept).toHaveLength(1);
});

test("a road to a relay that is not known is dropped, and so is one that is known", () => {
  const other = { hops: 0, relays: [{ key: GIVER, addresses: [road("a.example")] }] };
  expect(admitted(other, GIVER, [RELAY], [])).toEqual({ kept: [], useless: 0 });
  const own = { hops: 0, relays: [RELAY] };
  expect(admitted(own, GIVER, [RELAY], [])).toEqual({ kept: [], useless: 0 });
  const [known] = admitted(shared(road("a.example")), GIVER, [RELAY], []).kept;
  const again = admitted(
    { ...shared(road("a.example")), hops: 2 },
    new Uint8Array(32),
    [RELAY],
    [{ ...known!, isTaken: true }],
  );
  expect(again.kept).toEqual([]);
});

test("four roads of one contact wait, and five to one relay are taken", () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, at) => road(`n${at}.example`));
  const four = admitted(shared(...names(6)), GIVER, [RELAY], []).kept;
  expect(four).toHaveLength(4);
  expect(admitted(shared(road("z.example")), GIVER, [RELAY], four).kept).toEqual([]);
  const another: Bytes = new Uint8Array(32);
  expect(admitted(shared(road("z.example")), another, [RELAY], four).kept).toHaveLength(
    1,
  );
  const taken = names(5).map((address): SharedRoad => ({
    ...four[0]!,
    address,
    isTaken: true,
  }));
  expect(hasRoom(taken.slice(1), KEY)).toBe(true);
  expect(hasRoom(taken, KEY)).toBe(false);
});
