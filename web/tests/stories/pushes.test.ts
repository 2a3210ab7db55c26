/** A browser that wants to be woken, its client, and a real relay's own disk. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

import { PYTHON } from "../carriers/relay_process.ts";
import { befriend } from "./people.ts";
import { Town } from "./town.ts";

const ENDPOINT = "https://push.example.org/send/one";
const OTHER = "https://push.example.org/send/two";
const COUNT = `
import apsw, sys
print(apsw.Connection(sys.argv[1]).execute("SELECT count(*) FROM watches").get)
`;

const town = Town.open();
const silent = Town.open("--no-push");

/** How many watches rest on a relay's disk. */
async function watches(at = town.relay): Promise<number> {
  const words = ["-c", COUNT, `${at.data}/relay.db`];
  return Number((await promisify(execFile)(PYTHON, words)).stdout);
}

test("a browser is woken for its inbox and for what is not muted, until it says so", async () => {
  const [ada, bob] = [await town.person("Ada"), await town.person("Bob")];
  await befriend(ada, bob);
  const key = await ada.client.pushKey();
  expect(key).toMatch(/^04[0-9a-f]{128}$/u);
  expect(await bob.client.pushKey()).toBe(key);
  expect(await watches()).toBe(0);

  await ada.client.watch(ENDPOINT, key);
  await ada.sees("two watches", async () => (await watches()) === 2);

  const chat = await ada.chat("Bob");
  await ada.client.setMuted(chat.id, true);
  await ada.sees("only the inbox watched", async () => (await watches()) === 1);
  await ada.client.setMuted(chat.id, false);
  await ada.sees("both watched again", async () => (await watches()) === 2);

  await bob.client.watch(OTHER, key);
  await bob.sees("both browsers waiting", async () => (await watches()) === 4);

  await ada.client.watch("", "");
  await ada.sees("only the other's", async () => (await watches()) === 2);
});

test("a conversation goes on being watched in its next epoch", async () => {
  const [cleo, dan, eve] = [
    await town.person("Cleo"),
    await town.person("Dan"),
    await town.person("Eve"),
  ];
  await befriend(cleo, dan);
  await befriend(cleo, eve);
  const before = await watches();
  await cleo.client.watch(ENDPOINT, await cleo.client.pushKey());
  await cleo.sees("three watches", async () => (await watches()) === before + 3);

  const members = (await cleo.client.contacts()).map((one) => one.account);
  const group = await cleo.client.newGroup("Three", members.slice(0, 1));
  await cleo.sees("a fourth", async () => (await watches()) === before + 4);
  await cleo.client.addMembers(group.id, members.slice(1));
  await cleo.sees("both as members", async () => {
    return (await cleo.client.members(group.id)).length === 3;
  });

  await cleo.client.settle(20_000);
  expect(await watches()).toBe(before + 4);
});

test("a subscription for another relay's key is none of this relay's business", async () => {
  const fay = await town.person("Fay");
  const before = await watches();
  await fay.client.watch(ENDPOINT, `04${"00".repeat(64)}`);
  await fay.client.settle(20_000);

  expect(await watches()).toBe(before);
});

test("a relay that wakes nobody says so, and nothing else suffers", async () => {
  const [gus, hal] = [await silent.person("Gus"), await silent.person("Hal")];
  expect(await gus.client.pushKey()).toBe("");
  await gus.client.watch(ENDPOINT, "");

  await befriend(gus, hal);
  await gus.say("Hal", "still here");

  await hal.hears("Gus", "still here");
});
