import { beforeEach, expect, test } from "vitest";

import { entropy } from "../../../src/client/store/database.ts";
import type { TransferRow } from "../../../src/client/store/transfers.ts";
import { freshDisks, madeStore } from "./stores.ts";

beforeEach(freshDisks);

test("a download that a former run left on its way is offered again, an upload goes on", async () => {
  const { db, transfers } = await madeStore();
  const row = (more: Partial<TransferRow>): TransferRow => ({
    ...{ conversation: entropy(16), message: entropy(16), file: entropy(32) },
    ...{ isUpload: false, moved: 7, state: "moving", reason: null },
    ...more,
  });
  const down = row({});
  const up = row({ isUpload: true });
  const done = row({ state: "done" });
  await db.write(async (tx) => {
    for (const one of [down, up, done]) await transfers.save(tx, one);
  });
  await db.write((tx) => transfers.offerAgain(tx));
  const found = (one: TransferRow) =>
    db.read((tx) => transfers.find(tx, one.conversation, one.message, one.isUpload));
  expect(await found(down)).toEqual({ ...down, state: "offered" });
  expect(await found(up)).toEqual(up);
  expect(await found(done)).toEqual(done);
});
