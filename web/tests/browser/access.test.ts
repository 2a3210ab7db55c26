import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { MEDIA } from "../../src/client/core/hints.ts";
import { textPart, timerPart, withdrawalPart } from "../../src/client/core/meaning.ts";
import { violations } from "../kit/axe.ts";
import { PATIENCE, shot, storyInChromium } from "./chromium.ts";
import { Enemy } from "./enemy.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";
import { png } from "./pictures.ts";
import { GROUP, Siege } from "./siege.ts";

const SIZES = [
  { name: "phone", width: 360, height: 740 },
  { name: "wide", width: 1280, height: 800 },
];

/** What axe finds and still finds a moment later: a colour on its way to another is none. */
async function lasting(page: Page): Promise<readonly string[]> {
  let found = await violations(page);
  for (let again = 0; found.length > 0 && again < 3; again++) {
    await settled(page);
    found = await violations(page);
  }
  return found;
}

/** Wait until the new colours and sizes are drawn, and nothing moves between two of them. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const moving = document.getAnimations().filter(({ effect }) => {
      const timing = effect?.getComputedTiming();
      return timing?.endTime !== Infinity;
    });
    await Promise.allSettled(moving.map(({ finished }) => finished));
  });
}

/** Look at the screen in every size and look. */
async function holdsInAllLooks(page: Page, name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name: size, ...viewport } of SIZES)
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await settled(page);
      await shot(page, `access-${name}-${size}-${colorScheme}`);
      for (const one of await lasting(page))
        found.push(`${name}, ${size}, ${colorScheme}: ${one}`);
    }
  return found;
}

storyInChromium("people who cannot see well, at a real conversation", () => {
  let siege: Siege;

  beforeAll(async () => {
    siege = await Siege.lay();
  });
  afterAll(async () => {
    await siege.lift();
  });

  it("find nothing that WCAG 2.2 AA forbids", async () => {
    const { vera, mallory: bea, bob, group } = await siege.parties();
    const { page } = vera;
    await everyKind(vera, bea, bob, group);
    const found: string[] = [];
    const look = async (name: string) => {
      found.push(...(await holdsInAllLooks(page, name)));
      await page.setViewportSize({ width: 360, height: 740 });
    };
    await look("talk");
    await vera.message("A message to keep").first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    await look("menu");
    await page.keyboard.press("Escape");
    await vera.press("About this chat");
    await page.getByRole("heading", { name: "Members" }).waitFor();
    await look("group");
    await vera.closeSide();
    await vera.home();
    await look("chats");
    await vera.open("Bob");
    await vera.press("About this chat");
    await vera.press(/^Safety number/u);
    await page.getByRole("img").first().waitFor();
    await look("safety");
    await vera.press("Back");
    await vera.closeSide();
    await vera.home();
    await vera.press("Settings");
    await look("settings");
    await vera.press(/^Privacy/u);
    await look("privacy");
    expect(found).toEqual([]);
    await vera.leave();
  });
});

/** Fill the group with one of everything. */
async function everyKind(
  vera: Person,
  bea: Enemy,
  bob: Enemy,
  group: Parameters<Enemy["say"]>[0],
): Promise<void> {
  await vera.say("A message to keep");
  const kept = await bea.message(group, "A message to keep");
  await bea.send(group, "An answer, with https://example.org/", { replyTo: kept.id });
  await bea.react(group, kept.id, "🎉");
  await bea.say(group, timerPart(86_400));
  await bea.say(group, timerPart(0));
  const files = {
    extensions: new Map([
      [
        MEDIA,
        new Map([
          ["w", 320],
          ["h", 200],
        ]),
      ],
    ]),
  };
  const picture = { name: "river.png", mediaType: "image/png" };
  await bea.sayFile(group, png(320, 200), picture, files, "The river");
  const wave = new Map<string, Uint8Array<ArrayBuffer> | number>([
    ["duration", 4_000],
    ["wave", Uint8Array.from({ length: 64 }, (_, at) => (at * 37) % 256)],
  ]);
  const note = { name: "Voice", mediaType: "audio/ogg" };
  await bea.sayFile(group, "no sound", note, { extensions: new Map([[MEDIA, wave]]) });
  await bea.sayFile(group, "text", { name: "notes.txt", mediaType: "text/plain" });
  const here = (await bob.chat(GROUP)).id;
  const edited = await bob.send(here, "@Vera look", {
    mentions: [{ start: 0, length: 5, account: kept.sender }],
  });
  await bob.settle(PATIENCE);
  await bob.edit(here, edited.id, "Look at this");
  await bob.pinMessage(here, edited.id, true);
  const gone = await bob.send(here, "Not this", {});
  await bob.settle(PATIENCE);
  await bob.remove(here, gone.id);
  await bob.say(here, withdrawalPart(true));
  await bea.say(group, textPart("That is all"));
  await vera.hears("That is all");
  await vera.hears("Look at this");
}

storyInChromium("somebody with a keyboard alone", () => {
  const stage = Stage.set();

  it("comes from the first visit to a sent message, and through menus and dialogs", async () => {
    const bob = await Enemy.begin("Bob", stage.relay.passLink());
    const ada = await Person.visit(stage.browser, "Ada", stage.relay.url);
    const keys = new Keys(ada.page);
    await ada.page.getByLabel("Your name").waitFor();

    await keys.to("Your name");
    await ada.page.keyboard.type("Ada");
    await ada.page.keyboard.press("Enter");
    await ada.button("New chat").waitFor();
    await keys.act("New chat");
    await keys.act(/^Add by link/u);
    await keys.to("Invite link");
    await ada.page.keyboard.insertText(await bob.invite());
    await keys.act("Ask to talk");
    await ada.composer().waitFor();
    await keys.to(/^Message to/u);
    await ada.page.keyboard.type("Hello by keyboard");
    await ada.page.keyboard.press("Enter");
    await ada.hears("Hello by keyboard");
    await keys.holds();

    const { conversation } = await bob.sees(
      "Ada",
      async () => (await bob.requests())[0],
    );
    await bob.accept(conversation);
    await bob.send(conversation, "An answer", {});
    await ada.hears("An answer");

    await keys.to(/An answer/u, "Shift+Tab");
    await keys.press("ArrowUp");
    await expect.poll(() => keys.name()).toContain("Hello by keyboard");
    await keys.press("ArrowDown");
    await keys.press("Enter");
    await ada.page.getByRole("menu").waitFor();
    await keys.press("Escape");
    await expect.poll(() => keys.name()).toContain("An answer");
    await keys.press("Enter");
    await ada.page.getByRole("menu").waitFor();
    await keys.choose("Reply");
    await keys.holds();
    await expect.poll(() => keys.name(), { timeout: PATIENCE }).toMatch(/^Message to/u);
    await ada.page.keyboard.type("A reply by keyboard");
    await keys.press("Enter");
    await ada.message("A reply by keyboard").locator(".quote").waitFor();

    await keys.act("About this chat", "Shift+Tab");
    await ada.sees("Disappearing messages");
    await keys.holds();
    await keys.act("Close");
    await keys.holds();
    await keys.to(/^Bob, An answer/u);
    await keys.press("ArrowDown");
    await expect.poll(() => keys.name()).toContain("A reply by keyboard");
    await keys.press("Enter");
    await ada.page.getByRole("menu").waitFor();
    await keys.choose("Delete for everyone");
    await ada.page.getByRole("dialog").waitFor();
    await keys.holds();
    await keys.press("Escape");
    await ada.page.getByRole("dialog").waitFor({ state: "detached" });
    await keys.holds();
    expect(await ada.message("A reply by keyboard").count()).toBe(1);
    bob.close();
    await ada.leave();
  });
});

/** A keyboard that knows where it is. */
class Keys {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** What has the focus, as a screen reader names it. */
  async name(): Promise<string> {
    const at = this.#page.locator(":focus");
    if ((await at.count()) === 0) return "";
    const said = await at.ariaSnapshot();
    const label = await this.#page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? "",
    );
    return (
      label || (/"(.*?)"/u.exec(said)?.[1] ?? said).replace(/[\u2068\u2069]/gu, "")
    );
  }

  /** The focus is somewhere, and can be seen there. */
  async holds(): Promise<void> {
    const seen = () =>
      this.#page.evaluate(() => {
        const at = document.activeElement;
        if (!at || at === document.body) return "lost";
        const box = at.getBoundingClientRect();
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
        const ring = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
        const around = at.parentElement && getComputedStyle(at.parentElement);
        const isField = at.matches("input, textarea");
        const isRung =
          ring || boxShadow !== "none" || (isField && around?.boxShadow !== "none");
        // A heading takes the focus when its pane opens; Tab goes on from there.
        if (at.matches("h1[tabindex]")) return "seen";
        const isIn = box.bottom > 0 && box.top < innerHeight && box.width > 0;
        return isIn && (isRung || isField) ? "seen" : `unseen ${at.outerHTML}`;
      });
    await expect.poll(seen, { timeout: PATIENCE }).toBe("seen");
  }

  async press(key: string): Promise<void> {
    await this.#page.keyboard.press(key);
    await this.holds();
  }

  /** Go to what has this name, by Tab alone. */
  async to(name: string | RegExp, key = "Tab"): Promise<void> {
    const passed: string[] = [];
    for (let steps = 0; steps < 60; steps++) {
      const at = await this.name();
      if (typeof name === "string" ? at === name : name.test(at)) return;
      passed.push(at);
      await this.#page.keyboard.press(key);
    }
    throw new Error(`No Tab leads to ${String(name)}, only to ${passed.join(" | ")}`);
  }

  /** Go there, and press Enter. */
  async act(name: string | RegExp, key = "Tab"): Promise<void> {
    await this.to(name, key);
    await this.holds();
    await this.#page.keyboard.press("Enter");
  }

  /** Choose in a menu by arrows. */
  async choose(name: string): Promise<void> {
    for (let steps = 0; steps < 20; steps++) {
      if ((await this.name()) === name) {
        await this.#page.keyboard.press("Enter");
        return;
      }
      await this.press("ArrowDown");
    }
    throw new Error(`No arrow leads to ${name}.`);
  }
}
