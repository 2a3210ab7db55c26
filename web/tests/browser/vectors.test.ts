/** The official vectors once more, with the cryptography of a browser below. */

import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";

import { CATEGORIES } from "../mls/official-vectors.ts";
import { casesOf, isWithoutVectors } from "../mls/vector-folder.ts";
import { launch, storyInChromium } from "./chromium.ts";

/** What the bundle leaves in its page. */
interface Bundled {
  readonly Vectors: Pick<typeof import("../mls/official-vectors.ts"), "countHolding">;
}

const ENTRY = join(import.meta.dirname, "../mls/official-vectors.ts");
/** Nobody is asked for it: WebCrypto is there only for pages that came over TLS. */
const ADDRESS = "https://vectors.test/";

/** The runner that Node uses, as one script for a browser. */
async function bundle(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      target: "es2022",
      write: false,
      minify: false,
      lib: { entry: ENTRY, formats: ["iife"], name: "Vectors", fileName: "vectors" },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })) as Rolldown.RolldownOutput[];
  return built[0]?.output[0].code ?? "";
}

storyInChromium("the official vectors of MLS", () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const [script, launched] = await Promise.all([bundle(), launch()]);
    browser = launched;
    page = await browser.newPage();
    await page.route(ADDRESS, (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
    );
    await page.goto(ADDRESS);
    await page.addScriptTag({ content: script });
  });
  afterAll(async () => {
    await browser.close();
  });

  it.skipIf(isWithoutVectors).each(Object.keys(CATEGORIES))(
    "hold in Chromium as they do in Node: %s",
    async (category) => {
      const cases = casesOf(category);

      const { held, failures } = await page.evaluate(
        async (asked) => {
          const { Vectors } = globalThis as unknown as Bundled;
          const failures: string[] = [];
          const held = await Vectors.countHolding(asked.category, asked.cases, (why) =>
            failures.push(String(why)),
          );
          return { held, failures };
        },
        { category, cases },
      );

      console.log(`${category.padEnd(32)} ${held}/${cases.length}`);
      expect(failures).toEqual([]);
      expect(held).toBe(cases.length);
      expect(held).toBeGreaterThan(0);
    },
  );
});
