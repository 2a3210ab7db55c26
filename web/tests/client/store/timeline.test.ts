import { beforeEach, describe, expect, it } from "vitest";

import { type Bytes, fromHex, hex } from "../../../src/bytes.ts";
import { entropy } from "../../../src/client/store/database.ts";
import type { Store } from "../../../src/client/store/home.ts";
import { MOST_REACTIONS } from "../../../src/client/store/reactions.ts";
import { shownConversations } from "../../../src/client/store/overview.ts";
import { search } from "../../../src/client/store/searches.ts";
import { addConversation, aMessage, freshDisks, madeStore } from "./stores.ts";

beforeEach(freshDisks);

async function fill(store: Store, conversation: Bytes, count: number): Promise<void> {
  for (let begin = 1; begin <= count; begin += 1000)
    await store.db.write(async (tx) => {
      for (let place = begin; place < begin + 1000 && place <= count; place++)
        await store.messages.add(
          tx,
          conversation,
          aMessage(`number ${place}`, { place }),
        );
    });
}

describe("a timeline", () => {
  it("is read by pages before, after and around a message", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    await fill(store, id, 30);
    const texts = async (edge: object, limit: number) => {
      const page = await store.db.read((tx) => store.views.page(tx, id, edge, limit));
      const shown = page.messages.map((one) => one.text.slice(7));
      return [shown.join(" "), page.hasOlder, page.hasNewer];
    };
    const newest = await store.db.read((tx) => store.views.page(tx, id, {}, 3));
    expect(newest.messages.map((one) => one.text)).toEqual([
      "number 28",
      "number 29",
      "number 30",
    ]);
    expect([newest.hasOlder, newest.hasNewer]).toEqual([true, false]);
    const at = fromHex(newest.messages[0]!.id);
    expect(await texts({ before: at }, 3)).toEqual(["25 26 27", true, true]);
    expect(await texts({ after: at }, 3)).toEqual(["29 30", true, false]);
    expect(await texts({ around: at }, 4)).toEqual(["26 27 28 29 30", true, false]);
    expect(await texts({ before: at }, 100)).toEqual([
      Array.from({ length: 27 }, (_, one) => one + 1).join(" "),
      false,
      true,
    ]);
  });

  it("of 10,000 messages opens as fast as a short one", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    await fill(store, id, 10_000);
    const began = performance.now();
    const page = await store.db.read((tx) => store.views.page(tx, id, {}, 50));
    const took = performance.now() - began;
    expect(page.messages).toHaveLength(50);
    expect(page.messages.at(-1)?.text).toBe("number 10000");
    // One page, not the whole: reading all takes a hundred times as long.
    expect(took).toBeLessThan(250);
  });

  it("puts what waits to be sent after everything that has a place", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const queued = aMessage("mine", { sender: store.me, state: "queued" });
    await store.db.write(async (tx) => {
      await store.messages.add(tx, id, queued);
      await store.messages.add(tx, id, aMessage("theirs", { place: 7 }));
    });
    const page = () => store.db.read((tx) => store.views.page(tx, id, {}, 9));
    expect((await page()).messages.map((one) => one.text)).toEqual(["theirs", "mine"]);
    await store.db.write((tx) =>
      store.messages.arrive(tx, id, queued.id, { time: 5, place: 3 }, 5),
    );
    const shown = (await page()).messages;
    expect(shown.map((one) => one.text)).toEqual(["mine", "theirs"]);
    expect(shown[0]).toMatchObject({ state: "on the relay", time: 5 });
    expect(shown[0]!.place).toBeLessThan(shown[1]!.place);
  });

  it("shows who got and who read a message of ours", async () => {
    const store = await madeStore();
    const id = await addConversation(store, 3);
    const mine = aMessage("hello", { sender: store.me, state: "queued" });
    const [one, two] = [entropy(32), entropy(32)];
    const state = async () =>
      (await store.db.read((tx) => store.views.one(tx, id, mine.id)))?.state;
    const receipt = (account: Bytes, isRead: boolean) =>
      store.db.write((tx) =>
        store.messages.receipt(tx, id, mine.mimi, { account, isRead }),
      );
    await store.db.write((tx) => store.messages.add(tx, id, mine));
    await store.db.write((tx) =>
      store.messages.arrive(tx, id, mine.id, { time: 1, place: 1 }, 1),
    );
    await receipt(one, true);
    expect(await state()).toBe("on the relay");
    await receipt(two, false);
    expect(await state()).toBe("delivered");
    await receipt(two, true);
    await receipt(two, false);
    expect(await state()).toBe("read");
  });

  it("lets only the sender edit and delete, and keeps the place", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const said = aMessage("first", { place: 1 });
    await store.db.write((tx) => store.messages.add(tx, id, said));
    const edit = (sender: Bytes, text: string) =>
      store.db.write((tx) =>
        store.messages.edit(tx, id, said.mimi, { sender, text, mentions: [] }),
      );
    expect(await edit(entropy(32), "forged")).toBeNull();
    expect(await edit(said.sender, "second")).toEqual(said.id);
    const remove = (sender: Bytes) =>
      store.db.write((tx) => store.messages.delete(tx, id, said.mimi, sender));
    expect(await remove(entropy(32))).toBeNull();
    expect(await remove(said.sender)).not.toBeNull();
    const shown = await store.db.read((tx) => store.views.one(tx, id, said.id));
    expect(shown).toMatchObject({ text: "", deleted: true, edited: false });
  });

  it("counts the same emoji of the same account once, and takes it back", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const said = aMessage("hello", { place: 1 });
    const account = entropy(32);
    const mimis = [entropy(32), entropy(32)] as const;
    await store.db.write(async (tx) => {
      await store.messages.add(tx, id, said);
      for (const mimi of mimis)
        await store.reactions.react(tx, id, said.mimi, { mimi, account, emoji: "👍" });
    });
    const emojis = async () =>
      (await store.db.read((tx) => store.views.one(tx, id, said.id)))?.reactions.map(
        (one) => one.emoji,
      );
    expect(await emojis()).toEqual(["👍"]);
    const unreact = (mimi: Bytes, who: Bytes) =>
      store.db.write((tx) => store.reactions.unreact(tx, id, mimi, who));
    expect(await unreact(mimis[0], account)).toBeNull();
    expect(await unreact(mimis[1], entropy(32))).toBeNull();
    expect(await unreact(mimis[1], account)).toEqual(said.id);
    expect(await emojis()).toEqual([]);
  });

  it("counts only so many reactions of one account on a message", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const said = aMessage("hello", { place: 1 });
    await store.db.write((tx) => store.messages.add(tx, id, said));
    const [flood, other] = [entropy(32), entropy(32)];
    const react = (account: Bytes, emoji: string, mimi = entropy(32)) =>
      store.db.write((tx) =>
        store.reactions.react(tx, id, said.mimi, { mimi, account, emoji }),
      );
    const first = entropy(32);
    await react(flood, "0", first);
    for (let count = 1; count < MOST_REACTIONS; count++)
      expect(await react(flood, String(count))).toEqual(said.id);
    expect(await react(flood, "one more")).toBeNull();
    expect(await react(other, "one more")).toEqual(said.id);
    await store.db.write((tx) => store.reactions.unreact(tx, id, first, flood));
    expect(await react(flood, "one more")).toEqual(said.id);
  });

  it("lets messages disappear at their time, for good", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const said = aMessage("soon gone", { place: 1, expireAfter: 10 });
    await store.db.write((tx) => store.messages.add(tx, id, said));
    const next = () => store.db.read((tx) => store.messages.nextExpiry(tx));
    expect(await next()).toBeNull();
    const seen = await store.db.write((tx) => store.messages.seeAll(tx, id, 1_000));
    expect(seen).toEqual([said.mimi]);
    expect(await next()).toBe(11_000);
    const purge = (now: number) =>
      store.db.write((tx) => store.messages.purgeExpired(tx, now));
    expect(await purge(10_999)).toEqual([]);
    expect((await purge(11_000)).map((one) => hex(one.id))).toEqual([hex(said.id)]);
    expect(await store.db.read((tx) => store.views.one(tx, id, said.id))).toBeNull();
  });
});

describe("the list of conversations", () => {
  it("keeps the newest message, what is unread and who was named in its rows", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const other = await addConversation(store);
    await store.db.write(async (tx) => {
      await store.messages.add(tx, id, aMessage("one", { place: 1 }));
      const mentions = [{ start: 0, length: 3, account: store.me }];
      await store.messages.add(tx, id, aMessage("Ada!", { place: 2, mentions }));
    });
    const list = () => store.db.read((tx) => shownConversations(tx, store));
    const [first, second] = await list();
    expect(first).toMatchObject({
      id: hex(id),
      unread: 2,
      mentioned: true,
      lastMessage: { text: "Ada!" },
    });
    expect(second).toMatchObject({ id: hex(other), unread: 0, lastMessage: null });
    await store.db.write((tx) => store.messages.seeAll(tx, id, 1));
    expect((await list())[0]).toMatchObject({ unread: 0, mentioned: false });
  });

  it("forgets a conversation with all that is in it", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const kept = await addConversation(store);
    await fill(store, id, 3);
    await fill(store, kept, 2);
    await store.db.write((tx) => store.conversations.delete(tx, id));
    expect(await store.db.read((tx) => store.conversations.row(tx, id))).toBeNull();
    expect(await store.db.read((tx) => tx.all("messages"))).toHaveLength(2);
  });
});

describe("a search", () => {
  it("finds the beginnings of words, whatever their case and accents, newest first", async () => {
    const store = await madeStore();
    const id = await addConversation(store);
    const other = await addConversation(store);
    await fill(store, id, 500);
    await store.db.write(async (tx) => {
      await store.messages.add(tx, id, aMessage("Café au lait", { place: 501 }));
      await store.messages.add(tx, other, aMessage("a cafeteria", { place: 1 }));
    });
    const texts = async (words: string, within: Bytes | null, limit = 9) =>
      (await search(store, words, within, limit)).map((one) => one.message.text);
    expect(await texts("CAFE", null)).toEqual(["a cafeteria", "Café au lait"]);
    expect(await texts("cafe lait", null)).toEqual(["Café au lait"]);
    expect(await texts("cafe", id)).toEqual(["Café au lait"]);
    expect(await texts("number 499", id, 1)).toEqual(["number 499"]);
    expect(await texts("  ", null)).toEqual([]);
  });
});
