import type { Page } from "playwright-core";
import { expect, it } from "vitest";

import { storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

/** What an origin keeps, seen from the empty file that it serves. */
async function kept(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => ({
    caches: (await caches.keys()).length,
    databases: (await indexedDB.databases()).length,
    notes: localStorage.length + sessionStorage.length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));
}

storyInChromium("somebody in a panic", () => {
  const stage = Stage.set();
  let ada: Person;

  it("erases all that the browser keeps, in every tab", async () => {
    ada = await Person.begin(stage.browser, "Ada", stage.relay.url);
    await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    // A tab that only looks: no script of the page runs in it.
    const looking = await ada.profile.context.newPage();
    await looking.goto(new URL("icon.svg", stage.relay.url).href);
    expect(Object.values(await kept(looking)).every((count) => count > 0)).toBe(true);
    const other = await ada.tab();
    await other.getByRole("button", { name: "Settings", exact: true }).waitFor();
    // Nothing of the page can come back while its scripts cannot be loaded.
    await ada.profile.context.route(/\/assets\//u, (route) => route.abort());
    await ada.setting("Erase this device");
    await ada.page.getByLabel("I understand that this cannot be undone.").check();
    await ada.press("Erase now");
    await expect
      .poll(() => kept(looking))
      .toEqual({ caches: 0, databases: 0, notes: 0, workers: 0 });
    await ada.profile.context.unroute(/\/assets\//u);
    for (const page of [ada.page, other]) {
      await page.reload();
      await page.getByLabel("Your name").waitFor();
    }
  });

  it("begins anew as somebody who was never here", async () => {
    await ada.page.getByLabel("Your name").fill("Eve");
    await ada.press("Start talking");
    await ada.button("New chat").waitFor();
    expect(await ada.page.getByText("Ada").count()).toBe(0);
    ada.profile.allow(/ERR_FAILED|Failed to fetch|favicon/u);
    await ada.leave();
  });
});
