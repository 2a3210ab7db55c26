import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { Relay } from "../kit/relay.ts";
import { keptIn, killBrowser, launch, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";

storyInChromium("somebody whose whole browser is killed", () => {
  const folder = mkdtempSync(join(tmpdir(), "linnet-profile-"));
  let relay: Relay;
  let browser: Browser;

  beforeAll(async () => {
    relay = await Relay.start("--mode", "open");
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    await relay.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("loses nothing that was shown, and sends nothing twice", async () => {
    const bob = await Person.begin(browser, "Bob", relay.url);
    const invite = await bob.invite();
    const before = await Person.visit(keptIn(folder), "Ada", invite);
    await before.begin();
    await before.press("Ask to talk");
    await before.composer("Bob").waitFor();
    await bob.accept("Ada");
    await bob.say("We know each other.");
    await before.hears("We know each other.");
    const written = Array.from({ length: 10 }, (_, at) => `Number ${at + 1} of ten.`);
    for (const text of written) await before.say(text);
    await before.hears("Number 10 of ten.");
    await killBrowser(before.profile.context);

    const ada = await Person.visit(keptIn(folder), "Ada", relay.url);
    await bob.hears("Number 10 of ten.");
    await ada.open("Bob");
    await ada.sent("Number 10 of ten.", "Delivered");
    for (const person of [ada, bob]) {
      const texts = await person.texts();
      expect(texts.filter((text) => text.startsWith("Number "))).toEqual(written);
    }
    await ada.leave();
    await bob.leave();
  });
});
