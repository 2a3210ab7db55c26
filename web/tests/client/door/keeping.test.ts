/** Accounts that are locked, backed up, restored and erased. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { HOOK_MS, meet, type Person, Town } from "./people.ts";

let town: Town;
let ann: Person;

beforeAll(async () => {
  town = await Town.begin();
  ann = await town.person("Ann");
}, HOOK_MS);

afterAll(() => town.end());

test("a browser without an account says so, and needs a pass to begin", async () => {
  const nobody = town.nobody();
  expect(await nobody.client.standing()).toBe("new");
  await expect(nobody.client.profile()).rejects.toThrow("no account");
  const beginning = { name: "Nobody", pass: "", passphrase: "" };
  await expect(nobody.client.create(beginning)).rejects.toThrow("not open to all");
  await expect(
    nobody.client.create({ ...beginning, pass: "linnet:nonsense" }),
  ).rejects.toThrow("damaged");
  await expect(nobody.client.create({ ...beginning, name: "" })).rejects.toThrow(
    "A name has",
  );
  expect(await nobody.client.standing()).toBe("new");
});

test("an account without a passphrase opens by itself, with one it is locked", async () => {
  const first = town.nobody("Dora's browser");
  const { relay } = town;
  const { writePassLink } = await import("../../../src/wire/links.ts");
  const pass = writePassLink(await relay.pass());
  const made = await first.client.create({ name: "Dora", pass, passphrase: "" });
  await expect(first.client.lock()).rejects.toThrow("Set a passphrase first");
  first.client.close();

  const second = town.nobody("Dora's browser");
  expect(await second.client.standing()).toBe("open");
  expect(await second.client.profile()).toEqual({ ...made, hasPassphrase: false });
  await second.client.setPassphrase("correct horse");
  await second.client.lock();
  expect(await second.client.standing()).toBe("locked");
  await expect(second.client.profile()).rejects.toThrow("locked");
  second.client.close();

  const third = town.nobody("Dora's browser");
  expect(await third.client.standing()).toBe("locked");
  await expect(third.client.unlock("wrong")).rejects.toThrow("passphrase is wrong");
  await third.client.unlock("correct horse");
  expect(await third.client.profile()).toEqual({ ...made, hasPassphrase: true });
  await third.client.erase();
  expect(await third.client.standing()).toBe("new");
});

test("a backup brings everything back, and the restored device talks on", async () => {
  const bob = await town.person("Bob");
  const room = (await meet(ann, bob)).id;
  await ann.client.send(room, "before the backup", {});
  await bob.hears(room, "before the backup");
  await bob.client.send(room, "an answer", {});
  await ann.hears(room, "an answer");
  const kept = await ann.client.backup();
  expect(kept.phrase).toMatch(/^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/);
  ann.client.close();

  const restored = town.nobody();
  const wrong = kept.phrase.replace(/.$/, (one) => (one === "0" ? "1" : "0"));
  await expect(restored.client.restore(kept.file, wrong, "")).rejects.toThrow("slip");
  const torn = kept.file.slice(0, kept.file.size - 1);
  await expect(restored.client.restore(torn, kept.phrase, "")).rejects.toThrow(
    "damaged; nothing was restored",
  );
  await expect(
    restored.client.restore(new Blob(["?"]), kept.phrase, ""),
  ).rejects.toThrow("no backup");
  expect(await restored.client.standing()).toBe("new");
  const profile = await restored.client.restore(kept.file, kept.phrase, "");
  expect(profile.name).toBe("Ann");
  expect(await restored.texts(room)).toEqual(["before the backup", "an answer"]);
  await restored.client.send(room, "I am back", {});
  await bob.hears(room, "I am back");
  await bob.client.send(room, "welcome back", {});
  await restored.hears(room, "welcome back");
});
