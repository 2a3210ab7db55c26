import { expect, test } from "vitest";

import { befriend } from "./people.ts";
import { Town } from "./town.ts";

const town = Town.open();

test("who has left a conversation begins another with the same contact", async () => {
  const [ada, bob] = [await town.person("Ada"), await town.person("Bob")];
  await befriend(ada, bob);
  const of = await ada.account("Bob");
  const first = await ada.chat("Bob");
  expect((await ada.client.talk(of)).id).toBe(first.id);

  await ada.client.leave(first.id);
  await ada.sees("that she is out", () => ada.has("Bob", "left"));
  const second = await ada.client.talk(of);
  expect(second.id).not.toBe(first.id);
  expect((await ada.client.talk(of)).id).toBe(second.id);
  await ada.client.send(second.id, "again", {});
  await bob.sees("what she says there", async () => {
    const all = await bob.client.conversations();
    if (!all.some(({ id, state }) => id === second.id && state === "active"))
      return false;
    const { messages } = await bob.client.history(second.id, {}, 10);
    return messages.some(({ text }) => text === "again");
  });
});

test("a member of a group whose link is not known is not asked, and it is said why", async () => {
  const [ada, bob, eve] = [
    await town.person("Ann"),
    await town.person("Ben"),
    await town.person("Eva"),
  ];
  await befriend(ada, bob);
  await befriend(ada, eve);
  await ada.client.newGroup("Choir", [
    await ada.account("Ben"),
    await ada.account("Eva"),
  ]);
  for (const one of [bob, eve]) await one.sees("the group", () => one.has("Choir"));
  await bob.sees("Eva", async () =>
    (await bob.client.members((await bob.chat("Choir")).id)).some(
      ({ name }) => name === "Eva",
    ),
  );
  const members = await bob.client.members((await bob.chat("Choir")).id);
  const eva = members.find(({ name }) => name === "Eva")!.account;
  await expect(bob.client.talk(eva)).rejects.toMatchObject({
    code: "no link of theirs",
  });
});

test("a link that leads nowhere yet is tried again soon", async () => {
  const [ada, bob] = [await town.person("Ada"), await town.person("Bob")];
  const link = await bob.client.rotateInvite();
  bob.kill(); // before the relay has a shelf for it
  await ada.client.add(link, "Hello!");
  await ada.sees("that the link leads nowhere", async () =>
    (await ada.client.status()).relays.some(({ trouble }) =>
      trouble.some(({ code }) => code === "link dead"),
    ),
  );
  expect(await ada.notices("Bob")).toEqual([]);
  await bob.comeBack();
  const back = Date.now();
  await bob.accept("Ada");
  expect(Date.now() - back).toBeLessThan(15_000);
});
