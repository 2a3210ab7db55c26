import { expect, test } from "vitest";

import { befriend } from "./people.ts";
import { Town } from "./town.ts";

const town = Town.open();

test("three people form a group, rename it, make an admin, and one leaves", async () => {
  const [ada, bob, eve] = [
    await town.person("Ada"),
    await town.person("Bob"),
    await town.person("Eve"),
  ];
  await befriend(ada, bob);
  await befriend(ada, eve);
  const members = [await ada.account("Bob"), await ada.account("Eve")];
  const { id } = await ada.client.newGroup("Choir", members);
  for (const one of [bob, eve]) await one.sees("the group", () => one.has("Choir"));
  await ada.say("Choir", "one");
  await bob.hears("Choir", "one");
  await bob.say("Choir", "two");
  await eve.hears("Choir", "one", "two");

  await ada.client.renameGroup(id, "Orchestra");
  for (const one of town.people)
    await one.sees("the new title", () => one.has("Orchestra"));
  await ada.client.setAdmin(id, members[0]!, true);
  await bob.sees(
    "that he is an admin",
    async () => (await bob.chat("Orchestra")).isAdmin,
  );
  await bob.client.setTimer(id, 3600);
  await ada.sees("the timer", async () => (await ada.chat("Orchestra")).timer === 3600);

  await eve.client.leave(id);
  await eve.sees("that she is out", () => eve.has("Orchestra", "left"));
  await ada.say("Orchestra", "three");
  await bob.hears("Orchestra", "one", "two", "three");
  expect(await eve.texts("Orchestra")).toEqual(["one", "two"]);
  const notices = await bob.notices("Orchestra");
  for (const kind of ["renamed group", "admin made", "timer", "left"])
    expect(notices).toContain(kind);
});
