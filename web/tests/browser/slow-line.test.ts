import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { at } from "../../bench/first-load.ts";
import { Relay } from "../kit/relay.ts";
import { SlowLine } from "../kit/slow.ts";
import { launch, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";

const BITS_A_SECOND = 64_000;
const MOST_SECONDS = 25;
/** The line itself takes its time, however fast the machine is. */
const ON_SUCH_A_LINE = 60_000;

storyInChromium("behind a line of 64 kbit/s", () => {
  let relay: Relay;
  let browser: Browser;
  let line: SlowLine;

  beforeAll(async () => {
    relay = await Relay.start("--mode", "open");
    browser = await launch();
    line = await SlowLine.before(relay.port, BITS_A_SECOND);
  });
  afterAll(async () => {
    line.close();
    await browser.close();
    await relay.remove();
  });

  it("a newcomer is in a conversation within 25 seconds of line, and later without any network", async () => {
    const ada = await Person.begin(browser, "Ada", relay.url);
    const link = await ada.invite();

    const began = Date.now();
    const bob = await Person.visit(browser, "Bob", at(line, link));
    bob.profile.context.setDefaultTimeout(ON_SUCH_A_LINE);
    // The relay's own address is not behind the line: what goes there would cost nothing.
    const isBeside = (url: URL) => url.port === String(relay.port);
    await bob.profile.context.routeWebSocket(isBeside, (socket) => socket.close());
    await bob.profile.context.route(isBeside, (route) => route.abort());
    bob.profile.allow(
      /ERR_|WebSocket|Failed to (?:load|fetch)/u,
      /a request to (?:ws|http):/u,
    );
    await bob.begin();
    await bob.press("Ask to talk");
    await bob.composer("Ada").waitFor();
    const wall = (Date.now() - began) / 1000;
    const seconds = (Math.max(line.down, line.up) * 8) / BITS_A_SECOND;
    console.log(
      `Until a conversation is open: ${line.down} bytes down, ${line.up} up; ` +
        `${seconds.toFixed(1)} s of the line, ${wall.toFixed(1)} s by the clock`,
    );
    expect(seconds).toBeLessThan(MOST_SECONDS);

    await bob.say("Hello Ada, my line is slow.");
    await ada.accept("Bob");
    await ada.hears("Hello Ada, my line is slow.");
    await bob.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));

    await ada.leave();
    bob.profile.requireClean();

    line.cut();
    await relay.stop();
    await bob.page.reload();
    await bob.open("Ada");
    await bob.hears("Hello Ada, my line is slow.");
    await bob.leave();
  });
});
