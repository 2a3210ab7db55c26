import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { Budget } from "../../src/carriers/budget.ts";
import { dial } from "../../src/carriers/dial.ts";
import { Line } from "../../src/carriers/line.ts";
import { waysTo } from "../../src/carriers/ways.ts";
import { mailboxKeys } from "../../src/client/core/keys.ts";
import { parseDeviceLink } from "../../src/client/core/linking.ts";
import { writePassLink } from "../../src/wire/links.ts";
import { befriend, Person } from "./people.ts";

const relay = new RelayProcess("--plain-tcp", "no");
const other = new RelayProcess("--plain-tcp", "no");
let ada: Person;
let tablet: Person;
let bob: Person;

beforeAll(async () => {
  await Promise.all([relay.start(), other.start()]);
  ada = await Person.begin("Ada", await relay.pass());
  bob = await Person.begin("Bob", await relay.pass());
  await befriend(ada, bob);
  const [friend] = await ada.client.contacts();
  await ada.client.newGroup("Choir", [friend!.account]);
  await bob.sees("the group", () => bob.has("Choir"));
}, 120_000);

afterAll(async () => {
  for (const one of [ada, tablet, bob]) one.kill();
  await Promise.all([relay.end(), other.end()]);
});

test("a linked device says that it is being let in, until it is", async () => {
  tablet = await Person.link(ada, "Tablet");
  ada.kill();
  expect(await tablet.has("Bob", "joining")).toBe(true);
  await expect(tablet.say("Bob", "early")).rejects.toMatchObject({
    code: "state joining",
  });
  await ada.comeBack();
  for (const title of ["Bob", "Choir"])
    await tablet.sees("that it is in", () => tablet.has(title));
});

test("a relay added on one device is at once an inbox of the other's", async () => {
  await ada.client.addRelay(writePassLink(await other.pass()));
  for (const one of [ada, tablet])
    await one.sees("two relays", async () => {
      const { relays } = await one.client.status();
      const mine = relays.filter(
        ({ isMine, state }) => isMine && state === "connected",
      );
      return mine.length === 2;
    });
});

test("a link that was left by a crash leads nowhere after the next start", async () => {
  const link = parseDeviceLink(await ada.client.link());
  const line = new Line({
    relay: link.relay,
    pass: null,
    ways: () => waysTo(link.relay, { isSecure: false, home: null }),
    budget: new Budget(),
    dial,
    changed: () => undefined,
  });
  void line.run();
  await line.up();
  const { appendToken, readToken } = mailboxKeys(link.secret);
  const isThere = (): Promise<boolean> =>
    line
      .ask({
        type: "Open",
        stream: link.stream,
        epoch: 0,
        ...{ appendToken, readToken, controlToken: null },
      })
      .then(
        () => true,
        () => false,
      );
  expect(await isThere()).toBe(true);
  ada.kill();
  expect(await isThere()).toBe(true);
  await ada.comeBack();
  await ada.sees("that it is gone", async () => !(await isThere()));
  line.close();
});

test("who asks reaches the device that was linked last, though the other is off", async () => {
  await ada.client.settle(20_000);
  await tablet.client.settle(20_000);
  ada.kill();
  const eve = await Person.begin("Eve", await relay.pass());
  await eve.client.add(await tablet.client.invite(), "It is Eve.");
  await tablet.sees("her request", async () =>
    (await tablet.client.requests()).some(({ sender }) => sender.name === "Eve"),
  );
  eve.kill();
  await ada.comeBack();
});

test("an account that leaves takes all of its devices out", async () => {
  const { id } = await bob.chat("Choir");
  const members = await ada.client.members(id);
  await ada.client.setAdmin(id, members.find(({ isMe }) => !isMe)!.account, true);
  await bob.sees("that he leads", async () => (await bob.chat("Choir")).isAdmin);
  await ada.client.leave(id);
  for (const one of [ada, tablet])
    await one.sees("that it is out", () => one.has("Choir", "left"));
  await bob.sees("that nobody of hers is left", async () => {
    const left = await bob.client.members(id);
    return left.every(({ name }) => name === "Bob");
  });
});
