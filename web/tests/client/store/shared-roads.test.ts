/** Roads of contacts in the store (spec/carriers.md §9.5). */
import { beforeEach, expect, it } from "vitest";

import { ContactTable } from "../../../src/client/store/contacts.ts";
import { SharedRoadTable } from "../../../src/client/store/shared-roads.ts";
import { freshDisks, openDatabase } from "./stores.ts";

const KEY = new Uint8Array(32).fill(1);
const GIVER = new Uint8Array(32).fill(2);
const ann = { account: GIVER, name: "Ann", verified: false, card: null };
const road = {
  relay: KEY,
  address: { road: 3, host: "a.example", port: 443, path: "/p", cover: "" },
  giver: GIVER,
  hops: 1,
  isTaken: true,
};

beforeEach(freshDisks);

it("a road that was taken is used, also after a restart, unless its giver is blocked", async () => {
  const db = await openDatabase();
  const contacts = new ContactTable();
  const roads = new SharedRoadTable(contacts);
  const other = { ...road, relay: GIVER };
  await db.write((tx) => roads.save(tx, [road, other, { ...road, isTaken: false }]));
  expect(roads.to(KEY)).toEqual([]);
  await db.write((tx) => contacts.save(tx, { ...ann, state: "accepted" }));
  expect(roads.to(KEY)).toEqual([{ ...road.address, isShared: true }]);

  const later = new ContactTable();
  const again = new SharedRoadTable(later);
  await db.read(async (tx) => {
    await later.load(tx);
    await again.load(tx);
    expect(await again.all(tx)).toHaveLength(3);
  });
  expect(again.to(KEY)).toHaveLength(1);
  await db.write((tx) => later.save(tx, { ...ann, state: "blocked" }));
  expect(again.to(KEY)).toEqual([]);
});
