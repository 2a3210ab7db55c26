import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, it } from "vitest";

import { keptIn, killBrowser, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

storyInChromium("somebody whose whole browser is killed", () => {
  const folder = mkdtempSync(join(tmpdir(), "linnet-profile-"));
  const stage = Stage.set();
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("loses nothing that was shown, and sends nothing twice", async () => {
    const bob = await Person.begin(stage.browser, "Bob", stage.relay.url);
    const invite = await bob.invite();
    const before = await Person.visit(keptIn(folder), "Ada", invite);
    await before.befriend(bob);
    await bob.say("We know each other.");
    await before.hears("We know each other.");
    const written = Array.from({ length: 10 }, (_, at) => `Number ${at + 1} of ten.`);
    for (const text of written) await before.say(text);
    await before.hears("Number 10 of ten.");
    await killBrowser(before.profile.context);

    const ada = await Person.visit(keptIn(folder), "Ada", stage.relay.url);
    await bob.hears("Number 10 of ten.");
    await ada.open("Bob");
    await ada.sent("Number 10 of ten.", "Delivered");
    for (const person of [ada, bob]) {
      const numbered = async () =>
        (await person.texts()).filter((text) => text.startsWith("Number "));
      await expect.poll(numbered).toEqual(written);
    }
    await ada.leave();
    await bob.leave();
  });
});
