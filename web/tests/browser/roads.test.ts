/** Roads that are cut and roads that fall silent, under a page in a real browser. */

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { Gate } from "../kit/gate.ts";
import { Proxy } from "../kit/proxy.ts";
import { linnet, Relay } from "../kit/relay.ts";
import { launch, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";

/** What a browser says of a WebSocket that was cut, or goes to another address. */
const CUT = [/ERR_|WebSocket/u, /a request to (?:ws|http):/u];

/** What a relay says of itself to its page. */
interface Home {
  readonly path: string;
}

storyInChromium("roads under a page", () => {
  let browser: Browser;
  let relay: Relay;
  /** The address that the page comes from, and another of the same relay. */
  let home: Gate;
  let other: Gate;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    const here = (): number => relay.port;
    [home, other] = [await Gate.before(here), await Gate.before(here)];
    const addresses = [home, other].flatMap(({ port }) => [
      "--address",
      `ws:127.0.0.1:${port}`,
    ]);
    relay = await Relay.start("--mode", "open", ...addresses);
  });
  afterEach(async () => {
    home.close();
    other.close();
    await relay.remove();
  });

  /** Two who talk, by the first address. */
  async function two(): Promise<[Person, Person]> {
    const ada = await Person.begin(browser, "Ada", home.url);
    const bob = await Person.visit(browser, "Bob", await ada.invite());
    await bob.befriend(ada);
    return [ada, bob];
  }

  it("where every WebSocket is cut, people talk by requests", async () => {
    home.rule = other.rule = "cut";
    const [ada, bob] = await two();
    await ada.say("Only requests pass here.");
    await bob.hears("Only requests pass here.");
    await ada.setting(/^Connection/u);
    await ada.sees("HTTP requests");
    await ada.press("Try every road");
    await ada.sees("Requests pass where one lasting connection does not.");
    expect(home.upgrades).toBeGreaterThan(0);
    ada.profile.allow(...CUT);
    bob.profile.allow(...CUT);
    await ada.leave();
    await bob.leave();
  });

  it("beside an address that takes connections and never answers another is dialled", async () => {
    home.rule = "swallow";
    const ada = await Person.begin(browser, "Ada", home.url);
    await ada.setting(/^Connection/u);
    await ada.sees("Connected");
    // A busy machine may begin another round before the second address has answered.
    expect(Math.min(home.upgrades, other.upgrades)).toBeGreaterThan(0);
    ada.profile.allow(...CUT);
    await ada.leave();
  });

  it("a road that somebody gives is taken where the relay's own addresses are blocked", async () => {
    const told = (await (await fetch(`${relay.url}relay.json`)).json()) as Home;
    const direct = `ws:127.0.0.1:${relay.port}${told.path}`;
    const proxy = await Proxy.start(
      linnet("relay", "invite", "--data", relay.data, "--address", direct),
    );
    const ada = await Person.begin(browser, "Ada", home.url);
    const invite = await ada.shortInvite();
    const bob = await Person.visit(browser, "Bob", `${relay.url}#${invite}`);
    await bob.befriend(ada);

    await ada.page.goto(`${home.url}#${proxy.link("Ada")}`);

    await ada.press("Add this road");
    await ada.sees(`127.0.0.1:${proxy.port}`);
    expect(ada.page.url()).not.toContain("linnet:");
    ada.profile.allow(...CUT);
    home.shut();
    other.shut();
    await ada.open("Bob");
    await ada.say("By the road of a friend.");
    await bob.hears("By the road of a friend.");
    await bob.say("I hear you.");
    await ada.hears("I hear you.");
    await ada.leave();
    await bob.leave();
    await proxy.stop();
  });

  it("a road that falls silent in the middle of a talk is left, and nothing is lost", async () => {
    const [ada, bob] = await two();
    await ada.say("Before.");
    await bob.hears("Before.");
    home.rule = "swallow";
    // Who says something awaits a sign; who is silent notices later.
    await ada.say("From Ada.");
    await bob.say("From Bob.");
    await bob.hears("From Ada.");
    await ada.hears("From Bob.");
    await bob.sent("From Bob.", "Delivered");
    expect(other.upgrades).toBeGreaterThan(0);
    ada.profile.allow(...CUT);
    bob.profile.allow(...CUT);
    await ada.leave();
    await bob.leave();
  });
});
