/** The roads of a page in a real browser, under the headers that a relay serves it with. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type Page, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RelayProcess } from "./relay_process.ts";

const PROGRAM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Left out, visibly, where there is no browser; a failure in CI. */
const inChromium =
  existsSync(PROGRAM) || process.env["CI"] === "true" ? describe : describe.skip;

async function built(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "linnet-roads-"));
  await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      outDir: folder,
      rolldownOptions: {
        input: fileURLToPath(new URL("./roads.ts", import.meta.url)),
        output: { entryFileNames: "roads.js" },
      },
    },
  });
  const page = '<!doctype html><script type="module" src="./roads.js"></script>';
  writeFileSync(join(folder, "index.html"), page);
  return folder;
}

inChromium("roads of a page", () => {
  let relay: RelayProcess;
  let browser: Browser;
  let page: Page;
  const origin = (): string => `http://127.0.0.1:${relay.port}/`;

  beforeAll(async () => {
    relay = await new RelayProcess("--mode", "open", "--page", await built()).start();
    browser = await chromium.launch({
      executablePath: PROGRAM,
      args: ["--no-sandbox"],
    });
    page = await browser.newPage();
    await page.goto(origin());
    await page.waitForFunction("globalThis.ask !== undefined");
  });
  afterAll(async () => {
    await browser.close();
    await relay.end();
  });

  const ask = (by: string): Promise<unknown> =>
    page.evaluate(`ask(${JSON.stringify(origin())}, ${JSON.stringify(by)})`);

  test("a page reaches its relay by WebSocket", async () => {
    expect(await ask("websocket")).toBe("Connected to the relay by WebSocket. mode 0");
  });

  test("a page reaches its relay by requests", async () => {
    expect(await ask("polling")).toBe(
      "Connected to the relay by HTTP requests. mode 0",
    );
  });

  test("a page from elsewhere reaches the relay by requests, and does not ask before", async () => {
    const other = await new RelayProcess("--page", await built()).start();
    await page.goto(`http://127.0.0.1:${other.port}/`);
    await page.waitForFunction("globalThis.ask !== undefined");
    const { path } = await relay.address();
    const body = "new Uint8Array([...Array(16).fill(9), 1, 0, 0, 0, 0])";
    const url = JSON.stringify(`${origin().slice(0, -1)}${path}`);
    // The relay answers no OPTIONS: had the browser to ask before, this would fail.
    const asked = `fetch(${url}, { method: "POST", body: ${body} }).then((a) => a.status)`;
    expect(await page.evaluate(asked)).toBe(200);
    await other.end();
  });
});
