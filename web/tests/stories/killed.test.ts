import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { befriend, Person } from "./people.ts";

const relay = new RelayProcess("--plain-tcp", "no");
let ada: Person;
let bob: Person;

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

/** Kill a tab as soon as it is told of a number of events of a kind. */
function killAfter(person: Person, type: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    person.client.listen((event) => {
      if (event.type !== type || (seen += 1) !== count) return;
      person.kill();
      resolve();
    });
  });
}

test("a tab that dies while it sends loses nothing and says nothing twice", async () => {
  for (const round of [1, 2, 3]) {
    const killed = killAfter(ada, "message changed", round * 3);
    const { id } = await ada.chat("Bob");
    const saying = Array.from({ length: 20 }, (_, one) =>
      ada.client.send(id, `${round}/${one}`, {}),
    );
    const stored = await Promise.allSettled(saying);
    await killed;
    await ada.comeBack();
    const kept = stored.filter((one) => one.status === "fulfilled").length;
    const texts = await ada.texts("Bob");
    expect(texts.filter((one) => one.startsWith(`${round}/`)).length).toBe(kept);
    await bob.hears("Ada", ...texts);
    await ada.sees(
      "that nothing waits",
      async () => (await ada.chat("Bob")).queued === 0,
    );
    expect(await ada.texts("Bob")).toEqual(texts);
  }
});

test("a tab that dies while it reads loses nothing and shows nothing twice", async () => {
  const before = await bob.texts("Ada");
  const killed = killAfter(ada, "message received", 5);
  const { id } = await bob.chat("Ada");
  for (let one = 0; one < 20; one++) await bob.client.send(id, `read ${one}`, {});
  await killed;
  await ada.comeBack();
  const all = [...before, ...Array.from({ length: 20 }, (_, one) => `read ${one}`)];
  await ada.hears("Bob", ...all);
});

test("a file that a killed tab was sending arrives whole", async () => {
  const { id } = await ada.chat("Bob");
  const data = new Uint8Array(3_000_000).map((_, at) => (at * 31) % 251);
  const killed = killAfter(ada, "transfer", 3);
  await ada.client.sendFile(
    id,
    { file: new Blob([data]), name: "a.bin", mediaType: "", media: {} },
    "",
    {},
  );
  await killed;
  await ada.comeBack();
  const find = async () =>
    (await bob.messages("Ada")).find((one) => one.attachment?.name === "a.bin");
  await bob.sees("the file", find);
  const came = await find();
  const fetching = killAfter(bob, "transfer", 2);
  const cut = bob.client.fetchFile(came!.conversation, came!.id);
  await expect(Promise.all([cut, fetching])).rejects.toThrow();
  await bob.comeBack();
  const blob = await bob.client.fetchFile(came!.conversation, came!.id);
  expect(Buffer.from(await blob.arrayBuffer()).equals(Buffer.from(data))).toBe(true);
});
