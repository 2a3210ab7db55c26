/** What a newcomer's browser fetches before there is a conversation. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import type { Browser } from "playwright-core";

import { Person } from "../tests/browser/person.ts";
import type { Relay } from "../tests/kit/relay.ts";
import { SlowLine } from "../tests/kit/slow.ts";

const DIST = join(import.meta.dirname, "../dist");
const FAST = 1e9;

export interface FirstLoad {
  /** The files that were fetched, each with its size by gzip. */
  readonly files: ReadonlyMap<string, number>;
  readonly gzip: number;
  /** The same as the relay sends it to this browser. */
  readonly sent: number;
}

/** Somebody who was invited opens the page, begins, asks, is accepted, and both talk. */
export async function firstLoad(browser: Browser, relay: Relay): Promise<FirstLoad> {
  const ada = await Person.begin(browser, "Ada", relay.url);
  const link = await ada.invite();
  const line = await SlowLine.before(relay.port, FAST);
  try {
    const bob = await Person.begin(browser, "Bob", at(line, link));
    await bob.press("Ask to talk");
    await bob.composer("Ada").waitFor();
    await ada.accept("Bob");
    await ada.say("Hello Bob, this is Ada.");
    await bob.hears("Hello Bob, this is Ada.");
    const asked = [...line.asked];
    await bob.leave();
    await ada.leave();
    return measured(asked);
  } finally {
    line.close();
  }
}

/** The same address by way of the line. */
export function at(line: SlowLine, address: string): string {
  const url = new URL(address);
  url.port = String(line.port);
  return url.href;
}

function measured(asked: readonly string[]): FirstLoad {
  // What the service worker keeps for later comes after its own script.
  const end = asked.findIndex((path) => path.startsWith("/sw.js"));
  const first = end < 0 ? asked : asked.slice(0, end);
  const files = new Map<string, number>();
  let sent = 0;
  for (const path of first) {
    const file = join(DIST, path === "/" ? "index.html" : path);
    if (files.has(path) || !existsSync(file)) continue;
    files.set(path, gzipSync(readFileSync(file), { level: 9 }).length);
    const small = `${file}.br`;
    sent += readFileSync(existsSync(small) ? small : file).length;
  }
  return { files, gzip: [...files.values()].reduce((sum, one) => sum + one, 0), sent };
}
