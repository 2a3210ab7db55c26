/** The figures of the page, each on a line of its own: `figure: NAME = NUMBER`. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { it } from "vitest";

import { storyInChromium } from "../tests/browser/chromium.ts";
import { Person } from "../tests/browser/person.ts";
import { Stage } from "../tests/browser/stage.ts";
import { SlowLine } from "../tests/kit/slow.ts";
import { buildCrypto } from "./crypto-size.ts";
import { at, firstLoad } from "./first-load.ts";
import { opening } from "./opening.ts";

const BITS_A_SECOND = 64_000;
const MESSAGES = 10_000;

function tell(name: string, figure: number): void {
  process.stdout.write(`figure: ${name} = ${figure}\n`);
}

storyInChromium("the page in figures", () => {
  const stage = Stage.set();

  it("its size", async () => {
    const folder = mkdtempSync(join(tmpdir(), "linnet-crypto-"));
    tell("crypto, bytes by gzip", gzipSync(await buildCrypto(folder)).length);
    rmSync(folder, { recursive: true });
    const { gzip, sent } = await firstLoad(stage.browser, stage.relay);
    tell("first load, bytes by gzip", gzip);
    tell("first load, bytes as sent", sent);
  });

  it("its first message over 64 kbit/s", async () => {
    const ada = await Person.begin(stage.browser, "Ada", stage.relay.url);
    const link = await ada.invite();
    const line = await SlowLine.before(stage.relay.port, BITS_A_SECOND);
    const began = performance.now();
    const bob = await Person.visit(stage.browser, "Bob", at(line, link));
    bob.profile.context.setDefaultTimeout(120_000);
    await bob.begin();
    await bob.press("Ask to talk");
    await bob.composer("Ada").waitFor();
    const bytes = Math.max(line.down, line.up);
    tell("slow line, seconds until a chat is open", (bytes * 8) / BITS_A_SECOND);
    await bob.say("Hello");
    await ada.accept("Bob");
    await ada.hears("Hello");
    tell("slow line, bytes down to first message", line.down);
    tell("slow line, bytes up to first message", line.up);
    tell("slow line, clock to first message", (performance.now() - began) / 1_000);
    await bob.leave();
    await ada.leave();
    line.close();
  });

  it("a chat of very many messages", async () => {
    const { median, nodes, scrolledNodes } = await opening(
      stage.browser,
      stage.relay,
      MESSAGES,
    );
    tell("chat of 10,000, milliseconds to open", median);
    tell("chat of 10,000, elements", nodes);
    tell("chat of 10,000, elements after scrolling", scrolledNodes);
  });
});
