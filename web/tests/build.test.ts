/** The built page: how large it is, and what must never be in it. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect, it } from "vitest";

import { buildCrypto } from "../bench/crypto-size.ts";
import { firstLoad } from "../bench/first-load.ts";
import { Relay } from "./kit/relay.ts";
import { launch, storyInChromium } from "./browser/chromium.ts";

const DIST = join(import.meta.dirname, "../dist");
/** Bytes, by gzip. */
const MOST_CRYPTO = 55_000;
/** Bytes, by gzip. */
const MOST_FIRST = 150_000;

it("MLS, the session and their algorithms stay below 55 KB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "linnet-crypto-"));
  try {
    const size = gzipSync(await buildCrypto(folder), { level: 9 }).length;
    console.log(`Crypto: ${size} bytes by gzip`);
    expect(size).toBeLessThan(MOST_CRYPTO);
    expect(size).toBeGreaterThan(20_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("nothing that is built makes code out of text, or names another server", () => {
  const scripts = readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".js"),
  );
  expect(scripts.length).toBeGreaterThan(10);
  for (const path of scripts) {
    const code = readFileSync(join(DIST, path), "utf8");
    const made = /\beval\(|\bnew Function\b|\bFunction\(["'`]|document\.write\b/.exec(
      code,
    );
    const foreign = /(?:from|import\(|importScripts\()\s*["'`](?:https?:)?\/\//.exec(
      code,
    );
    expect([path, made?.[0], foreign?.[0]]).toEqual([path, undefined, undefined]);
  }
});

it("holds no text that only developers read", () => {
  const worker = readdirSync(join(DIST, "assets")).find((name) =>
    /^worker-.*\.js$/.test(name),
  );
  const code = readFileSync(join(DIST, "assets", worker ?? "none"), "utf8");
  // Of the wire, of MLS, of a library.
  expect(code).not.toContain("A message is shorter than its fields say");
  expect(code).not.toContain("a length is not in its shortest form");
  expect(code).not.toContain("unaligned destination");
});

it("keeps the sentences for people where the page can fetch them", () => {
  const folder = join(DIST, "assets");
  const holding = readdirSync(folder).filter(
    (name) =>
      name.endsWith(".js") &&
      readFileSync(join(folder, name), "utf8").includes("The store holds no account."),
  );
  expect(holding.map((name) => name.split("-")[0])).toEqual(["english"]);
});

storyInChromium("the whole first load", () => {
  it("stays below 150 KB by gzip, up to where two people talk", async () => {
    const relay = await Relay.start("--mode", "open");
    const browser = await launch();
    try {
      const { files, gzip, sent } = await firstLoad(browser, relay);
      console.log(`First load: ${gzip} bytes by gzip, ${sent} as it is sent`);
      for (const [path, size] of files) console.log(`  ${size}  ${path}`);
      expect(files.size).toBeGreaterThan(4);
      expect(gzip).toBeLessThan(MOST_FIRST);
      expect(sent).toBeLessThan(gzip);
    } finally {
      await browser.close();
      await relay.remove();
    }
  });
});
