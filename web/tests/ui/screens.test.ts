import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { violations } from "../kit/axe.ts";
import { openScreen, SCREENS } from "./shots.ts";

const PROGRAM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** Left out, visibly, where there is no Chromium; a failure in CI. */
const inChromium =
  existsSync(PROGRAM) || process.env["CI"] === "true" ? describe : describe.skip;

inChromium("every screen", () => {
  let server: ViteDevServer;
  let browser: Browser;
  let base = "";

  beforeAll(async () => {
    server = await createServer({ server: { port: 0 }, logLevel: "error" });
    await server.listen();
    base = server.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "";
    browser = await chromium.launch({
      executablePath: PROGRAM,
      args: ["--no-sandbox"],
    });
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  async function look<T>(
    size: { width: number; height: number },
    language: string,
    theme: string,
    judge: (page: Page, screen: string) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const page = await browser.newPage({ viewport: size, reducedMotion: "reduce" });
    const found: T[] = [];
    for (const screen of SCREENS) {
      const query = new URLSearchParams({ screen, language, theme }).toString();
      await openScreen(page, base, query);
      found.push(...(await judge(page, screen)));
    }
    await page.close();
    return found;
  }

  it.each([
    ["light on a phone", { width: 390, height: 844 }, "light"],
    ["dark on a wide screen", { width: 1280, height: 800 }, "dark"],
  ])(
    "has nothing that axe finds, %s",
    async (_, size, theme) => {
      const found = await look(size, "en", theme, async (page, screen) => {
        return (await violations(page)).map((one) => `${screen}: ${one}`);
      });
      expect(found).toEqual([]);
    },
    600_000,
  );

  it("has no untranslated word", async () => {
    const size = { width: 1280, height: 800 };
    const found = await look(size, "pseudo", "light", async (page, screen) => {
      const words = await page.evaluate(plainWords);
      return [...new Set(words)].map((text) => `${screen}: ${text}`);
    });
    expect(found).toEqual([]);
  }, 600_000);
});

/** Latin words on the page or in what a screen reader says, but for the name of the app. */
function plainWords(): readonly string[] {
  const said: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    // A language is named in itself; keys, codes and links are the same in every one.
    if (parent?.closest("option[lang], .key, .phrase, .fingerprint, script")) continue;
    said.push(node.textContent ?? "");
  }
  for (const element of document.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext"])
      said.push(element.getAttribute(name) ?? "");
  return said.filter((text) =>
    /[A-Za-z]{2}/.test(
      text.replace(/Linnet|linnet:…|(XXXX-?)+|[0-9A-F]{6,}|[kMG]?B\b/g, ""),
    ),
  );
}
