import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { RelayProcess } from "../carriers/relay_process.ts";
import { befriend, Person } from "./people.ts";
import { Terminal } from "./terminal.ts";

const relay = new RelayProcess("--plain-tcp", "no");
let bob: Person;
let folder: string;

beforeAll(async () => {
  await relay.start();
  bob = await Person.begin("Bob", await relay.pass());
  folder = await mkdtemp(join(tmpdir(), "linnet-backups-"));
}, 120_000);
afterAll(async () => {
  bob.kill();
  await relay.end();
});

test("a backup of a browser goes on in a terminal", async () => {
  const ada = await Person.begin("Ada", await relay.pass());
  await befriend(ada, bob);
  await ada.say("Bob", "from the browser");
  await bob.hears("Ada", "from the browser");
  await ada.client.settle(20_000);
  const { file, phrase } = await ada.client.backup();
  ada.kill();
  await bob.say("Ada", "after the backup");

  const path = join(folder, "browser.backup");
  await writeFile(path, new Uint8Array(await file.arrayBuffer()));
  const again = await new Terminal("Ada").restore(path, phrase);
  await again.hears("Bob", "from the browser", "after the backup");
  await again.run("send", "Bob", "back in a terminal");
  await bob.hears("Ada", "from the browser", "after the backup", "back in a terminal");
  const alone = [{ is_this: true, is_pending: false }];
  expect(await again.run("devices")).toMatchObject(alone);
}, 120_000);

test("a backup of a terminal goes on in a browser", async () => {
  const cleo = await new Terminal("Cleo").begin(await relay.pass());
  await bob.client.add(await cleo.invite(), "It is Bob.");
  await cleo.accept("Bob");
  await cleo.run("send", "Bob", "from the terminal");
  await bob.hears("Cleo", "from the terminal");
  const path = join(folder, "terminal.backup");
  const { phrase } = (await cleo.run("backup", path)) as { readonly phrase: string };
  await bob.say("Cleo", "after the backup");

  const file = new Blob([new Uint8Array(await readFile(path))]);
  const again = await Person.restore("Cleo", file, phrase);
  await again.hears("Bob", "from the terminal", "after the backup");
  await again.say("Bob", "back in a browser");
  await bob.hears("Cleo", "from the terminal", "after the backup", "back in a browser");
  expect(await again.client.devices()).toMatchObject([{ isThis: true }]);
  again.kill();
}, 120_000);
