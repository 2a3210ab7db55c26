/** Real Chromium: people in browser profiles of their own, and what went wrong there. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { afterEach, describe, expect } from "vitest";

const PROGRAM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const WORDS = [
  "--no-sandbox",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];
const SHOTS = process.env["LINNET_SHOTS"];
let failures = 0;
/** The profiles that are open. */
const profiles = new Set<Profile>();
/** Milliseconds in which a busy machine shows the next thing. */
export const PATIENCE = 30_000;

/** A story that Chromium tells: left out, visibly, where there is none; a failure in CI. */
export const storyInChromium =
  existsSync(PROGRAM) || process.env["CI"] === "true" ? describe : describe.skip;

afterEach(async ({ task }) => {
  if (task.result?.state !== "fail") return;
  for (const profile of profiles) await profile.testify();
});

export async function launch(...words: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: PROGRAM, args: [...WORDS, ...words] });
}

/** Where profiles are made: a browser, or one that keeps a profile in a folder. */
export type Profiles = Pick<Browser, "newContext">;

/** A browser with one profile, kept in a folder from one start to the next. */
export function keptIn(folder: string): Profiles {
  return {
    newContext: (options) =>
      chromium.launchPersistentContext(folder, {
        ...options,
        executablePath: PROGRAM,
        args: WORDS,
      }),
  };
}

/** Kill the whole browser of a context, as a machine that loses its power does. */
export async function killBrowser(context: BrowserContext): Promise<void> {
  const devtools = await context.browser()?.newBrowserCDPSession();
  const info = await devtools?.send("SystemInfo.getProcessInfo");
  const own = info?.processInfo.find(({ type }) => type === "browser");
  if (!own) throw new Error("This browser says nothing of its processes.");
  const gone = new Promise((resolve) => context.once("close", resolve));
  process.kill(own.id, "SIGKILL");
  await gone;
}

/** A profile's options; with a clock, its pages and workers read that one. */
export interface ProfileOptions extends BrowserContextOptions {
  readonly clock?: { readonly ahead: number };
}

/** A profile of a browser that watches what its pages must never do. */
export class Profile {
  readonly context: BrowserContext;
  readonly problems: string[] = [];
  readonly #origin: string;
  readonly #allowed: RegExp[] = [];

  private constructor(context: BrowserContext, origin: string) {
    this.context = context;
    this.#origin = origin;
    context.setDefaultTimeout(PATIENCE);
    context.on("page", (page) => {
      this.#watch(page);
    });
    context.on("weberror", (error) => {
      this.problems.push(`thrown: ${error.error().message}`);
    });
    context.on("request", (request) => {
      this.#look(request.url());
    });
  }

  /** A fresh profile that visits a relay's page at `url`. */
  static async fresh(
    browser: Profiles,
    url: string,
    { clock, ...options }: ProfileOptions = {},
  ): Promise<Profile> {
    const context = await browser.newContext({
      locale: "en-GB",
      // What a service worker answers cannot be given another clock.
      ...(clock ? { serviceWorkers: "block" } : {}),
      ...options,
    });
    if (clock) await setClock(context, clock);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const profile = new Profile(context, new URL(url).host);
    profiles.add(profile);
    context.on("close", () => profiles.delete(profile));
    return profile;
  }

  /** Let the console say this: what a story does on purpose is no problem. */
  allow(...said: readonly RegExp[]): void {
    this.#allowed.push(...said);
  }

  /** No error in a console, nothing refused by the policy, nobody else asked. */
  requireClean(): void {
    expect(
      this.problems.filter((one) => !this.#allowed.some((said) => said.test(one))),
    ).toEqual([]);
  }

  /** Say what stood on the screens when a story failed. */
  async testify(): Promise<void> {
    for (const page of this.context.pages()) {
      const words = await page.locator("body").ariaSnapshot().catch(String);
      console.log(`${page.url()} showed:\n${words}`);
      await shot(page, `failed-${(failures += 1)}`);
    }
    if (this.problems.length) console.log(this.problems.join("\n"));
  }

  #watch(page: Page): void {
    page.on("console", (message) => {
      if (message.type() === "error" || /Content.Security.Policy/i.test(message.text()))
        this.problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("websocket", (socket) => {
      this.#look(socket.url());
    });
  }

  #look(address: string): void {
    const url = new URL(address);
    if (["blob:", "data:"].includes(url.protocol) || url.host === this.#origin) return;
    this.problems.push(`a request to ${address}`);
  }
}

/** Put a clock that is so many milliseconds ahead into every page and worker. */
async function setClock(
  context: BrowserContext,
  clock: { readonly ahead: number },
): Promise<void> {
  const script = (): string =>
    `globalThis.Date = class extends Date {
      constructor(...given) {
        if (given.length > 0) super(...given);
        else super(globalThis.Date.now());
      }
      static now() { return super.now() + ${clock.ahead}; }
    };`;
  await context.addInitScript({ content: script() });
  await context.route(/\/worker-[^/]*\.js$/u, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: script() + (await answer.text()) });
  });
}

/** Keep a picture of what is on the screen, where LINNET_SHOTS names a folder. */
export async function shot(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}
