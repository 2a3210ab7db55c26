import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { befriend, Person } from "./people.ts";

const PYTHON =
  process.env["LINNET_PYTHON"] ??
  fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const relay = new RelayProcess("--plain-tcp", "no");
let ada: Person;
let bob: Person;

async function verb(...words: string[]): Promise<void> {
  const line = ["-m", "linnet", "relay", ...words, "--data", relay.data];
  await promisify(execFile)(PYTHON, line);
}

beforeAll(async () => {
  await relay.start();
  ada = await Person.begin("Ada", await relay.pass());
  bob = await Person.begin("Bob", await relay.pass());
  await befriend(ada, bob);
}, 120_000);
afterAll(async () => {
  ada.kill();
  bob.kill();
  await relay.end();
});

test("what is written while the relay is away arrives when it is back", async () => {
  await ada.say("Bob", "before");
  await bob.hears("Ada", "before");
  await relay.end("SIGKILL");
  await ada.say("Bob", "meanwhile");
  await bob.say("Ada", "me too");
  expect((await ada.message("Bob", "meanwhile")).state).toBe("queued");
  await relay.start();
  for (const one of [ada, bob]) await one.client.retryNow();
  const isWhole = (person: Person, other: string) => async () =>
    (await person.texts(other)).length === 3;
  await ada.sees("all three", isWhole(ada, "Bob"));
  await bob.sees("all three", isWhole(bob, "Ada"));
  await ada.sees("one order", async () => {
    const [mine, theirs] = [await ada.texts("Bob"), await bob.texts("Ada")];
    return JSON.stringify(mine) === JSON.stringify(theirs);
  });
});

test("a relay that comes back from an older backup is given again what it lost", async () => {
  await ada.say("Bob", "kept");
  await bob.sees("it", async () => (await bob.texts("Ada")).includes("kept"));
  const copy = join(relay.data, "copy.db");
  await verb("backup", copy);
  await ada.say("Bob", "lost one");
  await bob.say("Ada", "lost two");
  await ada.sees("both", async () => (await ada.texts("Bob")).includes("lost two"));
  await bob.sees("both", async () => (await bob.texts("Ada")).includes("lost one"));
  const before = await ada.texts("Bob");
  await relay.end();
  await verb("restore", copy);
  await relay.start();
  for (const one of [ada, bob]) await one.client.retryNow();
  await ada.say("Bob", "after");
  await bob.sees("it", async () => (await bob.texts("Ada")).includes("after"));
  await ada.sees("one order", async () => {
    const [mine, theirs] = [await ada.texts("Bob"), await bob.texts("Ada")];
    return JSON.stringify(mine) === JSON.stringify(theirs);
  });
  expect([...(await ada.texts("Bob"))].sort()).toEqual([...before, "after"].sort());
  const told = [...ada.events, ...bob.events].some(
    (one) => one.type === "relay rewound",
  );
  expect(told).toBe(true);
});
