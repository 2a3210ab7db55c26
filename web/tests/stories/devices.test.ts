import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { befriend, Person } from "./people.ts";

const relay = new RelayProcess("--plain-tcp", "no");
let ada: Person;
let phone: Person;
let tablet: Person;
let bob: Person;

beforeAll(async () => {
  await relay.start();
  ada = await Person.begin("Ada", await relay.pass());
  bob = await Person.begin("Bob", await relay.pass());
  await befriend(ada, bob);
  await ada.say("Bob", "from before");
  await bob.hears("Ada", "from before");
  phone = await Person.link(ada, "Phone");
  tablet = await Person.link(ada, "Tablet");
  for (const one of [phone, tablet])
    await one.sees("that it is in", () => one.has("Bob"));
}, 120_000);
afterAll(async () => {
  for (const one of [ada, phone, tablet, bob]) one.kill();
  await relay.end();
});

async function names(of: Person): Promise<readonly string[]> {
  return (await of.client.devices()).map((one) => one.name).sort();
}

test("what one device says and reads, the others show as their own", async () => {
  await phone.say("Bob", "from the phone");
  const texts = ["from before", "from the phone"];
  await bob.hears("Ada", ...texts);
  await ada.hears("Bob", ...texts);
  await tablet.hears("Bob", ...texts);
  expect((await ada.message("Bob", "from the phone")).isMine).toBe(true);
  expect(bob.events.some((one) => one.type === "identity warning")).toBe(false);

  await bob.say("Ada", "an answer");
  for (const one of [ada, phone, tablet]) await one.hears("Bob", ...texts, "an answer");
  await ada.client.markRead((await ada.chat("Bob")).id);
  for (const one of [phone, tablet])
    await one.sees(
      "that it was read",
      async () => (await one.chat("Bob")).unread === 0,
    );
  await tablet.client.rename("Ada Lovelace");
  await bob.sees("the new name", () => bob.has("Ada Lovelace"));
  await ada.sees(
    "the new name",
    async () => (await ada.client.profile()).name === "Ada Lovelace",
  );
});

test("a device that is removed is out of everything, and its link is dead", async () => {
  for (const one of [ada, tablet])
    await one.sees("all three", async () => (await names(one)).length === 3);
  const old = await ada.client.invite();
  const gone = (await ada.client.devices()).find((one) => one.name === "Phone");
  await ada.client.removeDevice(gone!.id);
  await phone.sees("that it is out", async () => {
    return (await phone.client.standing()) === "cut off";
  });
  for (const one of [ada, tablet]) {
    await one.sees("who is left", async () => (await names(one)).length === 2);
    await one.sees("a new link", async () => (await one.client.invite()) !== old);
  }
  expect(await tablet.client.invite()).toBe(await ada.client.invite());
  const title = "Ada Lovelace";
  await bob.sees("that a device is gone", async () =>
    (await bob.notices(title)).includes("device removed"),
  );
  const before = await bob.texts(title);
  await bob.say(title, "not for the phone");
  for (const one of [ada, tablet])
    await one.hears("Bob", ...before, "not for the phone");
  expect(await phone.texts("Bob")).toEqual(before);
});

test("others still find the account by its new link, on a device that is left", async () => {
  const eve = await Person.begin("Eve", await relay.pass());
  await eve.client.add(await tablet.client.invite(), "It is Eve.");
  const asked = async (one: Person): Promise<boolean> =>
    (await one.client.requests()).some(({ sender }) => sender.name === "Eve");
  await ada.sees("a request", async () => (await asked(ada)) || asked(tablet));
  const one = (await asked(ada)) ? ada : tablet;
  await one.accept("Eve");
  await eve.say("Ada Lovelace", "found you");
  for (const each of [ada, tablet]) await each.hears("Eve", "found you");
  eve.kill();
});
