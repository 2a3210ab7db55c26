/** Somebody at a browser: does what a person does, sees what a person sees. */

import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

import { GRACE_MS } from "../../src/ui/workers.ts";
import { PATIENCE, Profile, type ProfileOptions, type Profiles } from "./chromium.ts";

/** Panes that may lie over the list of chats. */
const DEEPEST = 10;
/** A file as somebody chooses it. */
interface Chosen {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const STATES = ["Sent", "Delivered", "Read"] as const;

export class Person {
  readonly name: string;
  readonly profile: Profile;
  page: Page;
  readonly #url: string;

  private constructor(name: string, profile: Profile, page: Page, url: string) {
    this.name = name;
    this.profile = profile;
    this.page = page;
    this.#url = url;
  }

  /** Somebody who has just opened an address: the page itself, or an invite. */
  static async visit(
    browser: Profiles,
    name: string,
    address: string,
    options: ProfileOptions = {},
  ): Promise<Person> {
    const profile = await Profile.fresh(browser, address, options);
    const page = await profile.context.newPage();
    const { origin } = new URL(address);
    await page.goto(address);
    return new Person(name, profile, page, `${origin}/`);
  }

  /** Somebody with an account. */
  static async begin(
    browser: Profiles,
    name: string,
    address: string,
    options: ProfileOptions = {},
  ): Promise<Person> {
    const person = await Person.visit(browser, name, address, options);
    await person.begin();
    return person;
  }

  /**
   * Somebody whose browser keeps the page. A newcomer's does so when the first
   * conversation has come, or after some time, which goes by at once here.
   */
  static async installed(
    browser: Profiles,
    name: string,
    address: string,
  ): Promise<Person> {
    const person = await Person.visit(browser, name, address);
    await person.profile.context.addInitScript((grace) => {
      const wait = globalThis.setTimeout;
      globalThis.setTimeout = ((then: () => void, ms?: number) =>
        wait(then, ms === grace ? 0 : ms)) as typeof setTimeout;
    }, GRACE_MS);
    await person.page.reload();
    await person.begin();
    await person.page.evaluate(() => navigator.serviceWorker.ready);
    return person;
  }

  /** Type the name, and start. */
  async begin(): Promise<void> {
    await this.page.getByLabel("Your name").fill(this.name);
    await this.press("Start talking");
    await this.button("Settings").or(this.button("Ask to talk")).first().waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  async press(name: string | RegExp): Promise<void> {
    await this.button(name).click();
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** The account's invite, as the screen gives it away. */
  async invite(): Promise<string> {
    await this.press("My invite");
    await this.page.getByLabel("QR code of your invite").waitFor();
    await this.press("Copy link");
    await this.sees("Copied");
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** The invite in the short form, as terminals take it. */
  async shortInvite(): Promise<string> {
    return `linnet:${(await this.invite()).split("linnet:")[1] ?? ""}`;
  }

  /** Begin with the invite that one came by, ask its owner, and be accepted. */
  async befriend(owner: Person): Promise<void> {
    await this.begin();
    await this.press("Ask to talk");
    await this.composer(owner.name).waitFor();
    await owner.accept(this.name);
  }

  /** Ask the owner of an invite to talk. */
  async ask(link: string): Promise<void> {
    await this.press("New chat");
    await this.press(/^Add by link/u);
    await this.page.getByLabel("Invite link").fill(link);
    await this.press("Ask to talk");
    await this.composer().waitFor();
  }

  /** Accept who asks, and stand in that conversation. */
  async accept(name: string): Promise<void> {
    await this.home();
    await this.press(/wants? to talk$/u);
    const card = this.page.getByRole("listitem").filter({ hasText: name });
    await card.getByRole("button", { name: "Accept", exact: true }).click();
    await this.composer().waitFor();
  }

  /** Begin a group with contacts, and stand in it. */
  async beginGroup(title: string, ...names: readonly string[]): Promise<void> {
    await this.home();
    await this.press("New chat");
    await this.press(/^New group/u);
    await this.page.getByLabel("Name of the group").fill(title);
    for (const name of names)
      await this.page.getByRole("checkbox", { name: new RegExp(name, "u") }).check();
    await this.press(/^Create group/u);
    await this.composer(title).waitFor();
  }

  /** Open a screen of the settings. */
  async setting(name: string | RegExp): Promise<void> {
    await this.home();
    await this.press("Settings");
    await this.page.getByRole("button", { name }).click();
  }

  /** Back to the list of chats. */
  async home(): Promise<void> {
    const settings = this.button("Settings");
    // On a phone there is one column at a time, and each has a way back.
    const back = this.button("Back").filter({ visible: true });
    const either = settings.filter({ visible: true }).or(back).first();
    for (let depth = 0; depth < DEEPEST; depth++) {
      await either.waitFor();
      if (await settings.isVisible()) return;
      await back.first().click();
    }
    throw new Error("There is no way back to the list of chats.");
  }

  /** Open a conversation from the list. */
  async open(title: string): Promise<void> {
    await this.home();
    await this.page
      .getByRole("navigation")
      .getByRole("listitem")
      .getByRole("button", { name: new RegExp(`^${exactly(title)}(?!\\p{L})`, "u") })
      .click();
    await this.composer(title).waitFor();
  }

  /** Close what stands beside the conversation. */
  async closeSide(): Promise<void> {
    const side = this.page.getByRole("complementary");
    await side.getByRole("button", { name: "Close", exact: true }).click();
  }

  /** Where one writes. */
  composer(title?: string): Locator {
    const name = new RegExp(`^Message to .*${exactly(title ?? "")}`, "u");
    return this.page.getByRole("textbox", { name });
  }

  async say(text: string): Promise<void> {
    await this.composer().fill(text);
    await this.composer().press("Enter");
  }

  /** The messages whose words these are. */
  message(text: string | RegExp): Locator {
    return this.page.getByRole("article").filter({ hasText: text });
  }

  /** Wait until such a message stands there. */
  async hears(text: string | RegExp): Promise<void> {
    await this.message(text).first().waitFor();
  }

  /** Wait until a message of one's own has come at least so far. */
  async sent(text: string | RegExp, state: (typeof STATES)[number]): Promise<void> {
    const enough = STATES.slice(STATES.indexOf(state)).join("|");
    await this.message(text)
      .getByText(new RegExp(`^(?:${enough})$`, "u"))
      .waitFor();
  }

  /** Choose in a message's menu. */
  async choose(text: string | RegExp, what: string | RegExp): Promise<void> {
    await this.message(text).focus();
    await this.message(text).press("Enter");
    await this.page
      .getByRole("menuitem", { name: what })
      .or(this.page.getByRole("dialog").getByRole("button", { name: what }))
      .click();
  }

  /** Wait until exactly these texts are shown in the open conversation, in order. */
  async shows(...texts: readonly string[]): Promise<void> {
    await expect.poll(() => this.texts(), { timeout: PATIENCE }).toEqual(texts);
  }

  /** Every text that is shown in the open conversation, in order. */
  async texts(): Promise<readonly string[]> {
    return this.page.getByRole("article").locator(".words").allInnerTexts();
  }

  /** Every message of the open conversation: what it is and what it says, in order. */
  async timeline(): Promise<readonly (readonly string[])[]> {
    const rows = this.page
      .locator("[data-key]")
      .filter({ has: this.page.locator("article") });
    return rows.evaluateAll((all) =>
      all.map((row) => [
        row.getAttribute("data-key") ?? "",
        row.querySelector(".words")?.textContent ?? "",
      ]),
    );
  }

  /** Lay files beside what is being written. */
  async attach(...files: readonly Chosen[]): Promise<void> {
    await this.page.locator(".composer input[type=file]").setInputFiles([...files]);
    for (const { name } of files)
      await this.button(
        new RegExp(`^Remove .*${name.split(".")[0] ?? ""}`, "u"),
      ).waitFor();
  }

  /** What the browser writes to the disk when this is done. */
  async save(act: () => Promise<void>): Promise<Buffer> {
    const [download] = await Promise.all([this.page.waitForEvent("download"), act()]);
    return readFile(await download.path());
  }

  /** Close every alert; each may go by itself meanwhile. */
  async closeAlerts(): Promise<void> {
    const all = this.page.getByRole("alert").getByRole("button", { name: "Close" });
    await all.evaluateAll((buttons) => {
      for (const one of buttons as HTMLElement[]) one.click();
    });
    await all.first().waitFor({ state: "detached" });
  }

  /** Say yes to a question. */
  async confirm(yes: string): Promise<void> {
    await this.page
      .getByRole("dialog")
      .getByRole("button", { name: yes, exact: true })
      .click();
  }

  /** Show the link that lets a new device in; its address. */
  async linkDevice(): Promise<string> {
    await this.home();
    await this.press("Settings");
    await this.press(/^Devices/u);
    await this.press("Link a device");
    await this.page.getByLabel("QR code for the new device").waitFor();
    await this.press("Copy link");
    await this.sees("Copied");
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Come to the account whose link was opened. */
  async joins(deviceName: string): Promise<void> {
    await this.page.getByLabel("Name of this device").fill(deviceName);
    await this.press("Link this device");
  }

  /** The code that both devices show before one lets the other in. */
  async code(): Promise<string> {
    return this.page.locator(".code").innerText();
  }

  /** A tab of the same browser. */
  async tab(): Promise<Page> {
    const page = await this.profile.context.newPage();
    await page.goto(this.#url);
    return page;
  }

  /** The tab is gone without a word; then it is opened anew. */
  async comeBack(): Promise<void> {
    this.page = await this.tab();
  }

  /** Nothing went wrong in this browser; then it is closed. */
  async leave(): Promise<void> {
    await this.profile.context.close();
    this.profile.requireClean();
  }
}

/** The pattern that finds these words and no others. */
function exactly(words: string): string {
  return words.replaceAll(/[$()*+./?[\\\]^{|}]/gu, "\\$&");
}
