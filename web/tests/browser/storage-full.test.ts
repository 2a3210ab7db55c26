import type { CDPSession, Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";

import { storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

const NO_ROOM = /There is no room left for Linnet on this device/u;

/** Bytes that Ada's browser gives away. */
const ROOM = 3_000_000;

/** Leave no room in the origin's storage. */
async function fill(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const opening = indexedDB.open("ballast");
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("stones", { autoIncrement: true });
    };
    await new Promise((resolve) => {
      opening.onsuccess = resolve;
    });
    const put = (size: number) =>
      new Promise<boolean>((resolve) => {
        const sinking = opening.result.transaction("stones", "readwrite");
        const stone = new Uint8Array(size);
        for (let at = 0; at < size; at += 65_536)
          crypto.getRandomValues(stone.subarray(at, at + 65_536));
        sinking.objectStore("stones").add(stone);
        sinking.oncomplete = () => {
          resolve(true);
        };
        sinking.onabort = () => {
          resolve(false);
        };
      });
    for (let size = 1_000_000; size >= 1; size = Math.floor(size / 2))
      while (await put(size));
    opening.result.close();
  });
}

storyInChromium("somebody whose browser has no room left", () => {
  const stage = Stage.set();
  let ada: Person;
  let bob: Person;
  let devtools: CDPSession;

  beforeAll(async () => {
    // What a service worker keeps would share the little room.
    const options = { serviceWorkers: "block" } as const;
    ada = await Person.visit(stage.browser, "Ada", stage.relay.url, options);
    devtools = await ada.profile.context.newCDPSession(ada.page);
    // Chromium looks at the quota anew where little is left, and else after a while.
    await allow(ROOM);
    await ada.begin();
    bob = await Person.visit(stage.browser, "Bob", await ada.invite());
    await bob.befriend(ada);
    await ada.say("There is room.");
    await bob.hears("There is room.");
    await ada.sent("There is room.", "Delivered");
  });

  /** How many bytes the origin may keep; as many as there are without a number. */
  async function allow(quotaSize?: number): Promise<void> {
    const origin = new URL(stage.relay.url).origin;
    const quota = quotaSize === undefined ? {} : { quotaSize };
    await devtools.send("Storage.overrideQuotaForOrigin", { origin, ...quota });
  }

  it("is told so, and keeps in hand what was written and chosen", async () => {
    await fill(ada.page);
    await ada.say("Too much for this disk.");
    await ada.sees(NO_ROOM);
    await expect
      .poll(() => ada.composer().inputValue())
      .toBe("Too much for this disk.");
    expect(await ada.message("Too much for this disk.").count()).toBe(0);
    await ada.closeAlerts();
    await ada.page.locator("input[type=file]").setInputFiles({
      name: "ledger.bin",
      mimeType: "application/octet-stream",
      buffer: Buffer.alloc(100_000, 7),
    });
    await ada.press("Send");
    await ada.sees(NO_ROOM);
    await ada.button(/^Remove .?ledger\.bin/u).waitFor();
    await expect
      .poll(() => ada.composer().inputValue())
      .toBe("Too much for this disk.");
  });

  it("loses nothing of what others write meanwhile", async () => {
    await fill(ada.page);
    await bob.say("Said to a full disk.");
    await bob.sent("Said to a full disk.", "Sent");
    await allow();
    await ada.hears("Said to a full disk.");
    expect(await ada.message("Said to a full disk.").count()).toBe(1);
  });

  it("sends it once, as soon as there is room again", async () => {
    await ada.press("Send");
    await bob.hears("Too much for this disk.");
    await bob.hears("ledger.bin");
    await ada.say("There is room again.");
    await bob.hears("There is room again.");
    expect(await bob.message("Too much for this disk.").count()).toBe(1);
    expect(await bob.message("ledger.bin").count()).toBe(1);
    await ada.leave();
    await bob.leave();
  });
});
