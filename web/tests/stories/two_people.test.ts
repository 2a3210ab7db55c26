import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { befriend, Person } from "./people.ts";

const relay = new RelayProcess("--plain-tcp", "no");
const people: Person[] = [];

beforeAll(() => relay.start());
afterAll(async () => {
  for (const one of people) one.kill();
  await relay.end();
});

async function person(name: string): Promise<Person> {
  const one = await Person.begin(name, await relay.pass());
  people.push(one);
  return one;
}

test("two people meet by a link and talk", async () => {
  const [ada, bob] = [await person("Ada"), await person("Bob")];
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
