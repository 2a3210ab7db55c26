/** Whole clients at a real relay, seen only through the door. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { DoorError } from "../../../src/client/door.ts";
import type { ConversationId, MessageId } from "../../../src/client/values.ts";
import { writePassLink } from "../../../src/wire/links.ts";
import { HOOK_MS, meet, type Person, Town } from "./people.ts";

let town: Town;
let ann: Person;
let bob: Person;
let room: ConversationId;

beforeAll(async () => {
  town = await Town.begin();
  ann = await town.person("Ann");
  bob = await town.person("Bob");
  room = (await meet(ann, bob)).id;
}, HOOK_MS);

afterAll(() => town.end());

const plain = {};

test("a request says who asks and why, and accepting it makes both contacts", async () => {
  const cleo = await town.person("Cleo");
  const begun = await cleo.client.add(await ann.client.invite(), "from the choir");
  expect(begun).toMatchObject({ kind: "direct", state: "active", title: "Ann" });
  const [request] = await ann.until(async () => {
    const all = await ann.client.requests();
    return all.length > 0 && all;
  });
  expect(request).toMatchObject({
    note: "from the choir",
    sender: { name: "Cleo", state: "known" },
    conversation: begun.id,
  });
  await ann.client.decline(begun.id);
  expect(await ann.client.requests()).toEqual([]);
  expect(ann.told).toContainEqual({ type: "request gone", conversation: begun.id });
  await expect(ann.client.accept(begun.id)).rejects.toThrow("no such conversation");
});

test("what one writes the other reads, and both see how far it came", async () => {
  const sent = await ann.client.send(room, "Hello, Bob", plain);
  expect(sent).toMatchObject({ state: "queued", isMine: true, text: "Hello, Bob" });
  await bob.hears(room, "Hello, Bob");
  expect((await bob.client.conversation(room)).unread).toBe(1);
  await bob.client.markRead(room);
  expect((await bob.client.conversation(room)).unread).toBe(0);
  await ann.until(async () => {
    const page = await ann.client.history(room, {}, 10);
    return page.messages.find((one) => one.id === sent.id && one.state === "read");
  });
});

test("a text that is sent again with its salt is one message", async () => {
  const salt = "5a".repeat(16);
  const sent = await ann.client.send(room, "Only once", { salt });
  expect((await ann.client.send(room, "Only once", { salt })).id).toBe(sent.id);
  await ann.client.send(room, "After it", plain);
  await bob.hears(room, "After it");
  const heard = await bob.texts(room);
  expect(heard.filter((text) => text === "Only once")).toEqual(["Only once"]);
  await expect(ann.client.send(room, "Odd", { salt: "5a" })).rejects.toThrow(
    "could not be done",
  );
});

test("an account is opened for whoever asks before anybody has looked", async () => {
  const again = town.nobody("the first to ask");
  const dora = town.nobody("the first to ask");
  const pass = writePassLink(await town.relay.pass());
  await again.client.create({ name: "Dora", pass, passphrase: "" });
  again.client.close();
  expect((await dora.client.profile()).name).toBe("Dora");
});

test("a reply, a mention, an edit, a reaction and a deletion reach the other", async () => {
  const said = await bob.client.send(room, "hello @Ann", {
    mentions: [{ start: 6, length: 4, account: (await ann.client.profile()).account }],
  });
  await ann.hears(room, "hello @Ann");
  expect((await ann.client.conversation(room)).mentioned).toBe(true);
  const reply = await ann.client.send(room, "yes?", { replyTo: said.id });
  expect(reply.replyTo).toMatchObject({ id: said.id, text: "hello @Ann", name: "Bob" });
  await bob.client.edit(room, said.id, "hello Ann");
  await ann.client.react(room, said.id, "❤");
  const shown = (who: Person, id: MessageId) => async () =>
    (await who.client.history(room, { around: id }, 9)).messages.find(
      (one) => one.id === id,
    );
  await ann.until(async () => (await shown(ann, said.id)())?.edited);
  const loved = await bob.until(async () => {
    const one = await shown(bob, said.id)();
    return one && one.reactions.length > 0 && one;
  });
  expect(loved.reactions).toMatchObject([{ emoji: "❤", name: "Ann", isMine: false }]);
  await ann.client.react(room, said.id, "");
  await bob.until(async () => (await shown(bob, said.id)())?.reactions.length === 0);
  await bob.client.remove(room, said.id);
  const gone = await ann.until(async () => {
    const one = await shown(ann, said.id)();
    return one?.deleted && one;
  });
  expect(gone.text).toBe("");
  await expect(ann.client.edit(room, said.id, "mine")).rejects.toThrow("your own");
});

test("a file arrives as it was sent, whatever its size", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const large = new Uint8Array(700_000).map((_, at) => bytes[at % 60_000]!);
  const file = new Blob([large], { type: "image/png" });
  const media = { width: 640, height: 480, preview: new Uint8Array([1, 2, 3]) };
  const outgoing = { file, name: "../owl.png", mediaType: "image/png", media };
  const sent = await ann.client.sendFile(room, outgoing, "look", plain);
  expect(sent.attachment).toMatchObject({ name: "owl.png", size: 700_000, media });
  await bob.hears(room, "look");
  const fetched = await bob.client.fetchFile(room, sent.id);
  expect(fetched.type).toBe("image/png");
  expect(new Uint8Array(await fetched.arrayBuffer())).toEqual(large);
  const moved = bob.told.flatMap((one) => (one.type === "transfer" ? [one.moved] : []));
  expect(moved.at(-1)).toBe(700_000);
  expect(moved.length).toBeGreaterThan(1);
  // The second time it is here already, also without a relay.
  const again = await bob.client.fetchFile(room, sent.id);
  expect(again.size).toBe(700_000);
});

test("drafts, pins, mute and archive are this device's own", async () => {
  await ann.client.setDraft(room, "half a thou");
  await ann.client.setMuted(room, true);
  await ann.client.setPinned(room, true);
  await ann.client.setArchived(room, true);
  const shown = await ann.client.conversation(room);
  expect(shown).toMatchObject({
    draft: "half a thou",
    muted: true,
    pinned: true,
    archived: true,
  });
  await ann.client.setArchived(room, false);
  const sent = await ann.client.send(room, "half a thought", plain);
  expect((await ann.client.conversation(room)).draft).toBe("");
  await ann.client.pinMessage(room, sent.id, true);
  expect((await ann.client.pinned(room)).map((one) => one.id)).toEqual([sent.id]);
  await bob.hears(room, "half a thought");
  expect(await bob.client.pinned(room)).toEqual([]);
  await ann.client.pinMessage(room, sent.id, false);
  expect(await ann.client.pinned(room)).toEqual([]);
});

test("words are found where they were said", async () => {
  await ann.client.send(room, "The barn owl sleeps", plain);
  const found = await ann.client.search("owl barn", null, 5);
  expect(found.map((one) => [one.title, one.message.text])).toEqual([
    ["Bob", "The barn owl sleeps"],
  ]);
  expect(await ann.client.search("owl barn", room, 5)).toHaveLength(1);
  expect(await ann.client.search("nightingale", null, 5)).toEqual([]);
});

test("the timer of one is the timer of both", async () => {
  await ann.client.setTimer(room, 3600);
  await bob.until(async () => (await bob.client.conversation(room)).timer === 3600);
  await ann.client.setTimer(room, 0);
  await bob.until(async () => (await bob.client.conversation(room)).timer === 0);
  await expect(ann.client.setTimer(room, -1)).rejects.toThrow("at least one second");
});

test("both see the same safety number, and a verified contact is shown so", async () => {
  const [anns, bobs] = await Promise.all([ann.client.profile(), bob.client.profile()]);
  const one = await ann.client.safetyNumber(bobs.account);
  const other = await bob.client.safetyNumber(anns.account);
  expect(one.digits).toMatch(/^\d{60}$/);
  expect(one.digits).toBe(other.digits);
  expect((await ann.client.verify(bobs.account, true)).verified).toBe(true);
  const members = await ann.client.members(room);
  expect(members.map((each) => [each.name, each.isMe, each.verified])).toEqual([
    ["Ann", true, true],
    ["Bob", false, true],
  ]);
});

test("what cannot be is refused with a sentence and a fault", async () => {
  const refused = (action: Promise<unknown>) =>
    action.then(
      () => null,
      (error: unknown) => (error instanceof DoorError ? error : null),
    );
  expect(await refused(ann.client.send(room, "  ", plain))).toMatchObject({
    fault: "usage",
    message: "There is nothing to send.",
  });
  const nowhere = "00".repeat(16) as ConversationId;
  const junk = "zz" as ConversationId;
  for (const id of [nowhere, junk])
    expect(await refused(ann.client.send(id, "hi", plain))).toMatchObject({
      fault: "usage",
    });
  const long = "x".repeat(32_001);
  expect(await refused(ann.client.send(room, long, plain))).toMatchObject({
    message: expect.stringContaining("Send it as a file") as string,
  });
  const own = await ann.client.invite();
  expect(await refused(ann.client.add(own, ""))).toMatchObject({
    message: expect.stringContaining("your own invite link") as string,
  });
  expect(await refused(ann.client.forget(room))).toMatchObject({
    message: expect.stringContaining("Leave the conversation") as string,
  });
});

test("a group is begun, grows, is named, led and left", async () => {
  const group = await ann.client.newGroup("Owls", [
    (await bob.client.profile()).account,
  ]);
  expect(group).toMatchObject({ kind: "group", title: "Owls", isAdmin: true });
  await bob.until(async () =>
    (await bob.client.conversations()).find((one) => one.id === group.id),
  );
  await ann.client.send(group.id, "Welcome", plain);
  await bob.hears(group.id, "Welcome");
  await ann.client.renameGroup(group.id, "Night owls");
  await bob.until(
    async () => (await bob.client.conversation(group.id)).title === "Night owls",
  );
  const bobsId = (await bob.client.profile()).account;
  await expect(bob.client.renameGroup(group.id, "Mine")).rejects.toThrow("Only admins");
  await ann.client.setAdmin(group.id, bobsId, true);
  await bob.until(async () => (await bob.client.conversation(group.id)).isAdmin);
  await bob.client.leave(group.id);
  await bob.until(
    async () => (await bob.client.conversation(group.id)).state === "left",
  );
  await ann.until(
    async () => (await ann.client.conversation(group.id)).memberCount === 1,
  );
  await bob.client.forget(group.id);
  expect((await bob.client.conversations()).map((one) => one.id)).toEqual([room]);
});

test("a new name is seen by the others, and preferences are kept", async () => {
  expect(await bob.client.rename(" Robert ")).toMatchObject({ name: "Robert" });
  await ann.until(async () =>
    (await ann.client.members(room)).find((one) => one.name === "Robert"),
  );
  await expect(bob.client.rename("")).rejects.toThrow("1 to 64 bytes");
  const kept = await bob.client.setPreferences({ theme: "dark", typing: false });
  expect(kept).toMatchObject({ theme: "dark", typing: false, readReceipts: true });
  expect(await bob.client.preferences()).toEqual(kept);
});

test("the status says which relay, which road and that nothing waits", async () => {
  const status = await ann.until(async () => {
    const now = await ann.client.status();
    return now.queued === 0 && now.connected && now;
  });
  expect(status.relays).toMatchObject([
    {
      isMine: true,
      state: "connected",
      road: { code: "road ws" },
      trouble: [],
      host: "127.0.0.1",
    },
  ]);
});
