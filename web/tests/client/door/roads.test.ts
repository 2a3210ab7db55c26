/** The person's own roads, as the door gives them (spec/carriers.md §9.4). */
import { afterAll, beforeAll, expect, test } from "vitest";

import { concat, fromHex, hex } from "../../../src/bytes.ts";
import {
  type Address,
  encodeLink,
  RELAY_DESCRIPTOR,
  writePassLink,
} from "../../../src/wire/links.ts";
import { LinkKind, Road } from "../../../src/wire/tables.ts";
import { HOOK_MS, type Person, Town } from "./people.ts";

let town: Town;
let ann: Person;
const KEY = fromHex("ab".repeat(32));

beforeAll(async () => {
  town = await Town.begin();
  ann = await town.person("Ann");
}, HOOK_MS);

afterAll(() => town.end());

const at = (host: string, road: number = Road.WSS): Address => ({
  road,
  host,
  port: 443,
  path: "/personal",
  cover: "",
});

/** A road link to relays of this key, each with these addresses. */
function roadLink(...relays: readonly (readonly Address[])[]): string {
  const packed = relays.map((addresses) =>
    RELAY_DESCRIPTOR.write({ key: KEY, addresses }),
  );
  return encodeLink(LinkKind.ROAD, concat(...packed));
}

test("roads are added each once, shown, kept over a restart, and removed", async () => {
  const dan = await town.person("Dan");
  const link = roadLink([at("one.example"), at("two.example", Road.WS)]);
  await dan.client.addRoads(link);
  const roads = await dan.client.addRoads(link);
  expect(roads).toMatchObject([
    { host: "one.example", port: 443, isSecure: true, relay: hex(KEY).slice(0, 8) },
    { host: "two.example", port: 443, isSecure: false },
  ]);
  dan.client.close();
  const again = town.nobody(`disk ${town.people.length}`);
  expect(await again.client.roads()).toEqual(roads);
  expect(await again.client.removeRoad(roads[0]!.id)).toEqual(roads.slice(1));
  await expect(again.client.removeRoad(roads[0]!.id)).rejects.toThrow("no such road");
});

test("a road that is added while another is removed is kept", async () => {
  const eve = await town.person("Eve");
  const [first] = await eve.client.addRoads(roadLink([at("first.example")]));
  await Promise.all([
    eve.client.removeRoad(first!.id),
    eve.client.addRoads(roadLink([at("second.example")])),
  ]);
  const hosts = (await eve.client.roads()).map(({ host }) => host);
  expect(hosts).toEqual(["second.example"]);
});

test("no invite names a road, nor is its host to be read in the store", async () => {
  await ann.client.addRoads(roadLink([at("hidden.example")]));
  const link = (await ann.client.invite()).replace(/^linnet:/, "");
  expect(atob(link.replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("hidden");
  const stored = await everything();
  expect(stored).not.toContain("hidden.example");
});

test("what is no road link is refused with a sentence", async () => {
  const add = (link: string) => ann.client.addRoads(link);
  await expect(add("linnet:abcdefgh")).rejects.toThrow("damaged");
  const pass = writePassLink(await town.relay.pass());
  await expect(add(pass)).rejects.toThrow("a road, as a proxy gives it");
  await expect(add(roadLink([at("a.example", Road.TCP)]))).rejects.toThrow(
    "a browser cannot take",
  );
  const many = Array.from({ length: 8 }, (_, number) => at(`n${number}.example`));
  await expect(add(roadLink(many))).rejects.toThrow("So many roads lead");
});

/** Whatever the databases hold, as text. */
async function everything(): Promise<string> {
  const found: string[] = [];
  for (const { name = "" } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    for (const table of db.objectStoreNames)
      for (const row of await done(db.transaction(table).objectStore(table).getAll()))
        found.push(textOf(row));
    db.close();
  }
  return found.join("\n");
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return new TextDecoder("latin1").decode(value);
  if (typeof value === "object" && value !== null)
    return Object.values(value).map(textOf).join(" ");
  return String(value);
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error("a request failed"));
    };
  });
