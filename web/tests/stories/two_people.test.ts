import { expect, test } from "vitest";

import { befriend } from "./people.ts";
import { Town } from "./town.ts";

const town = Town.open();

test("two people meet by a link and talk", async () => {
  const [ada, bob] = [await town.person("Ada"), await town.person("Bob")];
  await befriend(ada, bob);
  await ada.say("Bob", "one");
  await bob.hears("Ada", "one");
  await bob.say("Ada", "two");
  await ada.hears("Bob", "one", "two");
  await ada.sees("that Bob got it", async () => {
    const { state } = await ada.message("Bob", "one");
    return state === "delivered";
  });
  expect((await bob.chat("Ada")).unread).toBe(1);
  await bob.client.markRead((await bob.chat("Ada")).id);
  await ada.sees("that Bob read it", async () => {
    const { state } = await ada.message("Bob", "one");
    return state === "read";
  });
  expect((await bob.chat("Ada")).unread).toBe(0);
});
