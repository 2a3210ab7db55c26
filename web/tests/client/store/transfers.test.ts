import { beforeEach, expect, it } from "vitest";

import { entropy } from "../../../src/client/store/database.ts";
import { addConversation, aMessage, freshDisks, madeStore } from "./stores.ts";

beforeEach(freshDisks);

it("at a start forgets the bytes of files without a message, some at a time", async () => {
  const store = await madeStore();
  const conversation = await addConversation(store);
  const message = aMessage("a file");
  const [kept, unsent, deleted] = [entropy(32), entropy(32), entropy(32)];
  const { db, messages, transfers } = store;
  const moves = { isUpload: true, moved: 0, state: "waiting", reason: null } as const;
  await db.write(async (tx) => {
    await messages.add(tx, conversation, message);
    const of = { conversation, ...moves };
    await transfers.save(tx, { ...of, message: message.id, file: kept });
    await transfers.save(tx, { ...of, message: entropy(16), file: deleted });
    for (const file of [kept, unsent, deleted])
      for (const place of [0, 1, 2])
        await transfers.keepPiece(tx, file, place, entropy(50));
  });
  const counts = () =>
    db.read((tx) =>
      Promise.all([kept, unsent, deleted].map((file) => transfers.pieces(tx, file))),
    );
  expect(await counts()).toEqual([3, 3, 3]);
  await db.write((tx) => transfers.sweep(tx, messages, 1));
  expect((await counts()).sort()).toEqual([0, 3, 3]);
  await db.write((tx) => transfers.sweep(tx, messages, 1));
  expect(await counts()).toEqual([3, 0, 0]);
});
