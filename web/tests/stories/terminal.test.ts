import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { Person } from "./people.ts";
import { type Printed, Terminal } from "./terminal.ts";

const relay = new RelayProcess("--plain-tcp", "no");
let ada: Person;
let tom: Terminal;

beforeAll(async () => {
  await relay.start();
  ada = await Person.begin("Ada", await relay.pass());
  tom = await new Terminal("Tom").begin(await relay.pass());
  await ada.client.add(await tom.invite(), "It is me, from the browser.");
  await tom.accept("Ada");
  await ada.sees("that Tom accepted", async () =>
    (await ada.client.contacts()).some((one) => one.state === "accepted"),
  );
}, 120_000);
afterAll(async () => {
  ada.kill();
  await relay.end();
});

function digest(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

test("a browser and a terminal talk, edit, react and delete", async () => {
  await ada.say("Tom", "from the browser");
  await tom.hears("Ada", "from the browser");
  await tom.run("send", "Ada", "from the terminal");
  await ada.hears("Tom", "from the browser", "from the terminal");

  const mine = await ada.message("Tom", "from the browser");
  await ada.client.edit(mine.conversation, mine.id, "from my browser");
  const theirs = await ada.message("Tom", "from the terminal");
  await ada.client.react(theirs.conversation, theirs.id, "👍");
  const seen = await tom.hears("Ada", "from my browser", "from the terminal");
  await tom.until(
    (printed) => (printed as Printed[]).some((one) => one.reactions.length === 1),
    "read",
    "Ada",
  );
  const [first, second] = seen.filter((one) => !one.notice);
  await tom.run("react", "Ada", first!.id.slice(0, 8), "🎉");
  await tom.run("edit", "Ada", second!.id.slice(0, 8), "from a terminal");
  await ada.hears("Tom", "from my browser", "from a terminal");
  await ada.sees("the reaction", async () => {
    const { reactions } = await ada.message("Tom", "from my browser");
    return reactions[0]?.emoji === "🎉" && !reactions[0].isMine;
  });
  await tom.run("delete", "Ada", second!.id.slice(0, 8));
  await ada.sees("the deletion", async () =>
    (await ada.messages("Tom")).some((one) => one.deleted),
  );
});

test("files go both ways between a browser and a terminal", async () => {
  const { id } = await ada.chat("Tom");
  const data = randomBytes(700_000);
  const sent = await ada.client.sendFile(
    id,
    { file: new Blob([data]), name: "up.bin", mediaType: "image/png", media: {} },
    "look",
    {},
  );
  await tom.until(
    (printed) => JSON.stringify(printed).includes("up.bin"),
    "read",
    "Ada",
  );
  const target = join(tom.home, "up.bin");
  await tom.run("save", "Ada", sent.id.slice(0, 8), target);
  expect(digest(await readFile(target))).toBe(digest(data));

  const other = randomBytes(1_200_000);
  await writeFile(join(tom.home, "down.bin"), other);
  await tom.run("send", "Ada", "--file", join(tom.home, "down.bin"));
  const find = async () =>
    (await ada.messages("Tom")).find((one) => one.attachment?.name === "down.bin");
  await ada.sees("the file", find);
  const came = await find();
  expect(came?.attachment?.state).toBe("offered");
  const blob = await ada.client.fetchFile(id, came!.id);
  expect(digest(new Uint8Array(await blob.arrayBuffer()))).toBe(digest(other));
  expect((await find())?.attachment?.state).toBe("done");
});

test("a browser and a terminal form a group, add and remove", async () => {
  const tim = await new Terminal("Tim").begin(await relay.pass());
  await ada.client.add(await tim.invite(), "");
  await tim.accept("Ada");
  await ada.sees("that Tim accepted", async () =>
    (await ada.client.contacts()).some(
      (one) => one.name === "Tim" && one.state === "accepted",
    ),
  );
  const group = await ada.client.newGroup("Choir", [await ada.account("Tom")]);
  await tom.until((printed) => JSON.stringify(printed).includes("Choir"), "chats");
  await ada.say("Choir", "welcome");
  await tom.hears("Choir", "welcome");
  await tom.run("send", "Choir", "thank you");
  await ada.hears("Choir", "welcome", "thank you");

  await ada.client.addMembers(group.id, [await ada.account("Tim")]);
  await tim.until((printed) => JSON.stringify(printed).includes("Choir"), "chats");
  await tim.run("send", "Choir", "late");
  await ada.hears("Choir", "welcome", "thank you", "late");
  await tom.hears("Choir", "welcome", "thank you", "late");

  await ada.client.removeMember(group.id, await ada.account("Tim"));
  await ada.sees("that Tim is out", async () => {
    return (await ada.client.members(group.id)).length === 2;
  });
  await ada.say("Choir", "without Tim");
  await tom.hears("Choir", "welcome", "thank you", "late", "without Tim");
  await tim.until(
    (printed) => JSON.stringify(printed).includes("removed"),
    "read",
    "Choir",
  );
  expect(JSON.stringify(await tim.run("read", "Choir"))).not.toContain("without Tim");
});
