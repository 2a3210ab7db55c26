/**
 * Opens every screen in Chromium, and takes its picture (`tools/screens.mjs`).
 * Chromium is found at CHROMIUM or in /usr/bin.
 */

import { mkdir } from "node:fs/promises";
import { chromium, type Browser, type Page } from "playwright-core";
import { createServer } from "vite";

export const SCREENS = [
  "welcome",
  "welcome/other",
  "welcome/restore",
  "lock",
  "unusable",
  "empty",
  "chats",
  "chats/search",
  "chats/row",
  "trouble",
  "talk",
  ...["top", "middle", "menu", "own", "emoji", "reply", "mention", "view"].map(
    (deed) => `talk/${deed}`,
  ),
  "talk/long",
  "talk/hostile",
  "talk/removed",
  "side/info",
  "side/invitees",
  "side/find",
  "side/pins",
  "contact/info",
  "contact/safety",
  ...[
    "archive",
    "requests",
    "new",
    "group",
    "add",
    "invite",
    "settings",
    "profile",
    "privacy",
    "look",
    "passphrase",
    "devices",
    "link",
    "linkcode",
    "backup",
    "connection",
    "about",
    "erase",
    "backup/made",
    "devices/ask",
    "add/scan",
  ].map((pane) => `pane/${pane}`),
];

const SIZES = [
  { name: "phone", width: 390, height: 844 },
  { name: "wide", width: 1280, height: 800 },
];
const LOOKS = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "en" },
  { theme: "light", language: "ru" },
  { theme: "dark", language: "pseudo-rtl" },
];

/** Open one screen and wait until it stands still. */
export async function openScreen(
  page: Page,
  base: string,
  query: string,
): Promise<void> {
  await page.goto(`${base}/tests/ui/gallery.html?${query}`);
  await page.waitForSelector("body[data-ready]");
  await page
    .waitForFunction(() => document.querySelector(".loading") === null, null, {
      timeout: 4_000,
    })
    .catch(() => {
      console.error(`${query} still waits`);
    });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(250);
}

/** A screen so tall that nothing of a pane is below its edge. */
const TALL = 2_400;

/**
 * Pictures of the screens whose name contains one of the words; of all without. Tall ones
 * show what else must be scrolled to.
 */
export async function shoot(
  out: string,
  wanted: readonly string[],
  isTall: boolean,
): Promise<void> {
  await mkdir(out, { recursive: true });
  const matches = (name: string) =>
    wanted.length === 0 || wanted.some((one) => name.includes(one));
  await inGallery(async (browser, base) => {
    for (const { name, width, height } of SIZES)
      for (const { theme, language } of LOOKS) {
        const page = await browser.newPage({
          viewport: { width, height: isTall ? TALL : height },
        });
        page.on("pageerror", (error) => {
          console.error(error.message);
        });
        for (const screen of SCREENS) {
          const file = `${screen.replaceAll("/", "-")}-${name}-${theme}-${language}`;
          if (!matches(file)) continue;
          await openScreen(
            page,
            base,
            new URLSearchParams({ screen, theme, language }).toString(),
          );
          await page.screenshot({ path: `${out}/${file}.png` });
        }
        await page.close();
      }
  });
}

/** The picture that shows strangers what Linnet looks like. */
export async function shootFront(path: string): Promise<void> {
  await inGallery(async (browser, base) => {
    const viewport = { width: 1160, height: 520 };
    const page = await browser.newPage({ viewport, locale: "en-GB" });
    await openScreen(page, base, "screen=chats&theme=light&language=en");
    const group = page.getByRole("navigation").getByRole("listitem");
    await group.filter({ hasText: "Sunday hike" }).getByRole("button").click();
    await page.getByRole("article").first().waitFor();
    await page.screenshot({ path, animations: "disabled" });
  });
}

async function inGallery(
  visit: (browser: Browser, base: string) => Promise<void>,
): Promise<void> {
  const server = await createServer({ server: { port: 0 }, logLevel: "error" });
  await server.listen();
  const base = server.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  await visit(browser, base);
  await browser.close();
  await server.close();
}
