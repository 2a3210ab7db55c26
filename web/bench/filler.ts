/** Fills a conversation through the real store, in the page it belongs to: for benches. */

import { Database, entropy } from "../src/client/store/database.ts";
import { openDisk } from "../src/client/store/disk.ts";
import { openStore } from "../src/client/store/home.ts";
import { openVault } from "../src/client/store/vault.ts";

const AT_ONCE = 500;

/** Add so many messages of the other side to the only conversation there is. */
export async function fill(count: number): Promise<number> {
  const disk = await openDisk();
  const db = new Database(disk, await openVault(disk, ""));
  const store = await openStore(db);
  const [row] = await db.read((tx) => store.conversations.all(tx));
  if (!row?.peer) throw new Error("There is no conversation of two to fill.");
  const { id, peer } = row;
  for (let begin = 0; begin < count; begin += AT_ONCE)
    await db.write(async (tx) => {
      for (let at = begin; at < Math.min(count, begin + AT_ONCE); at++) {
        const mimi = entropy(32);
        await store.messages.add(tx, id, {
          id: mimi.slice(1, 17),
          mimi,
          sender: peer,
          time: Date.now(),
          text: `Message ${at + 1}, with some words that fill about one line of it.`,
          state: "received",
          place: 1_000 + at,
        });
      }
    });
  disk.close();
  return count;
}
