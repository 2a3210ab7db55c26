import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { Person } from "./people.ts";
import { Terminal } from "./terminal.ts";

const relay = new RelayProcess("--plain-tcp", "no");
let bob: Person;
let cleo: Terminal;
let phone: Person;

beforeAll(async () => {
  await relay.start();
  bob = await Person.begin("Bob", await relay.pass());
  cleo = await new Terminal("Cleo").begin(await relay.pass());
  await bob.client.add(await cleo.invite(), "It is Bob.");
  await cleo.accept("Bob");
  await cleo.run("send", "Bob", "From the terminal.");
  await bob.hears("Cleo", "From the terminal.");
}, 120_000);
afterAll(async () => {
  for (const one of [bob, phone]) one.kill();
  await relay.end();
});

test("the terminal's link ends once the browser is in every conversation", async () => {
  const { link, confirm } = await cleo.link();
  phone = await Person.join("Cleo", link, "Phone", confirm);
  // The command has ended by now: what it waited for is so, and not merely given up.
  expect(await cleo.run("devices")).toMatchObject([
    { is_this: true, is_pending: false },
    { name: "Phone", is_pending: false },
  ]);
  await phone.hears("Bob", "From the terminal.");
  await phone.say("Bob", "From the phone.");
  await bob.hears("Cleo", "From the terminal.", "From the phone.");
}, 120_000);

test("a terminal that was removed by the browser says so as soon as it looks", async () => {
  const terminal = (await phone.client.devices()).find(({ isThis }) => !isThis);
  await phone.client.removeDevice(terminal!.id);
  await phone.client.settle(20_000);
  // It ends by what it hears, long before the time it may wait.
  await cleo.within(600, "devices");
  await expect(cleo.run("send", "Bob", "Still there?")).rejects.toThrow(/removed/u);
}, 120_000);
