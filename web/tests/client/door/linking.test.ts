/** A second browser comes to an account by a link, and what goes wrong on the way. */
import { afterAll, beforeAll, expect, test } from "vitest";

import type { Event } from "../../../src/client/events.ts";
import type { ConversationId } from "../../../src/client/values.ts";
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
  await ann.client.send(room, "from before", {});
  await bob.hears(room, "from before");
  await bob.client.send(room, "an answer", {});
  await ann.hears(room, "an answer");
}, HOOK_MS);

afterAll(() => town.end());

type Of<T extends Event["type"]> = Extract<Event, { readonly type: T }>;

/** Wait for an event of a kind that was told after the first `from`. */
function told<T extends Event["type"]>(
  who: Person,
  type: T,
  from: number,
  fits: (event: Of<T>) => boolean = () => true,
): Promise<Of<T>> {
  return who.until(() =>
    Promise.resolve(
      who.told
        .slice(from)
        .find((one): one is Of<T> => one.type === type && fits(one as Of<T>)),
    ),
  );
}

const isOver = ({ state }: Of<"linking">): boolean =>
  state === "done" || state === "failed";

test("both devices show one code, and the new one has the history and talks along", async () => {
  const fresh = town.nobody();
  expect(await fresh.client.standing()).toBe("new");
  const link = await ann.client.link();
  expect(link).toMatch(/^linnet:/);
  const joined = fresh.client.joinAccount(link, "Phone", "");
  const [ours, theirs] = await Promise.all([
    told(ann, "link code", 0),
    told(fresh, "link code", 0),
  ]);
  expect(ours.code).toMatch(/^\d{3} \d{3}$/);
  expect(theirs.code).toBe(ours.code);
  expect(ours.device).toBe("Phone");
  await ann.client.confirmLink(ours.code);
  const profile = await joined;
  expect(profile.account).toBe((await ann.client.profile()).account);
  expect(profile.device).not.toBe((await ann.client.profile()).device);
  expect(await fresh.texts(room)).toEqual(["from before", "an answer"]);
  expect((await fresh.client.contacts()).map((one) => one.name)).toEqual(["Bob"]);
  const devices = await fresh.client.devices();
  expect(devices.map((one) => [one.name, one.isThis])).toEqual([
    ["Test browser", false],
    ["Phone", true],
  ]);
  await told(ann, "linking", 0, isOver);
  expect((await ann.client.devices()).map((one) => one.name)).toEqual([
    "Test browser",
    "Phone",
  ]);
  // The other device lets it into the conversation, and it talks as the same account.
  await fresh.until(
    async () => (await fresh.client.conversation(room)).state === "active",
  );
  await bob.client.send(room, "to both of you", {});
  await Promise.all([
    fresh.hears(room, "to both of you"),
    ann.hears(room, "to both of you"),
  ]);
  await fresh.client.send(room, "from the phone", {});
  await Promise.all([
    bob.hears(room, "from the phone"),
    ann.hears(room, "from the phone"),
  ]);
  const own = (await ann.client.history(room, {}, 9)).messages.at(-1);
  expect(own).toMatchObject({ text: "from the phone", isMine: true });
  // The link is used up: its meeting place is gone.
  const late = town.nobody();
  await expect(late.client.joinAccount(link, "Thief", "")).rejects.toThrow();
  expect(await late.client.standing()).toBe("new");
});

test("where the codes differ nothing is given, and nobody is on the list", async () => {
  const from = ann.told.length;
  const before = (await ann.client.devices()).length;
  const thief = town.nobody();
  const link = await ann.client.link();
  const joined = thief.client.joinAccount(link, "Thief", "");
  const failed = expect(joined).rejects.toThrow();
  const { code } = await told(ann, "link code", from);
  const other = code.startsWith("9") ? "1" : "9";
  await expect(ann.client.confirmLink(other + code.slice(1))).rejects.toThrow("differ");
  const end = await told(ann, "linking", from, isOver);
  expect(end).toMatchObject({ state: "failed" });
  expect(await ann.client.devices()).toHaveLength(before);
  thief.client.close();
  await failed;
});

test("a link that is stopped, or is none, lets nobody in", async () => {
  const from = ann.told.length;
  await ann.client.link();
  await expect(ann.client.confirmLink("123 456")).rejects.toThrow("no code to compare");
  await ann.client.cancelLink();
  expect(await told(ann, "linking", from, isOver)).toMatchObject({ state: "failed" });
  const nobody = town.nobody();
  const invite = await ann.client.invite();
  await expect(nobody.client.joinAccount(invite, "Phone", "")).rejects.toThrow(
    "another kind",
  );
  await expect(bob.client.joinAccount(invite, "Phone", "")).rejects.toThrow(
    "an account on this device already",
  );
});
