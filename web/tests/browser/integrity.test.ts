import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { newSigner, Served } from "../kit/release.ts";
import { linnet, Relay } from "../kit/relay.ts";
import { launch, PATIENCE, shot, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";

type Evaluate = (text: string) => unknown;

const OUR_KEY = newSigner();

/** The service worker is put to rest, as browsers do after half a minute. */
async function restWorker(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("ServiceWorker.enable");
  await session.send("ServiceWorker.stopAllWorkers");
  await session.detach();
}

/** Somebody whose browser keeps the page. */
async function installed(browser: Browser, url: string): Promise<Person> {
  const person = await Person.installed(browser, "Ada", url);
  const isKept = () => navigator.serviceWorker.controller !== null;
  await expect
    .poll(() => person.page.evaluate(isKept), { timeout: PATIENCE })
    .toBe(true);
  return person;
}

/** Open the page anew, some hours later for its service worker. */
async function reopen(person: Person): Promise<void> {
  await restWorker(person.page);
  await person.page.close();
  await person.comeBack();
  await person.button("Settings").waitFor();
}

/** The hash of the running code, as the page shows it. */
async function shownHash(person: Person): Promise<string> {
  await person.home();
  await person.press("Settings");
  await person.press(/^About Linnet/u);
  const hash = await person.page.locator("p.key").innerText();
  await person.home();
  return hash;
}

storyInChromium("the code of the page, in Chromium", () => {
  let browser: Browser;
  let served: Served;
  let relay: Relay;
  let first = "";

  beforeAll(async () => {
    browser = await launch();
    served = new Served();
    first = served.release("1.0.0", OUR_KEY);
    relay = await Relay.start("--mode", "open", "--page", served.folder);
  });
  afterAll(async () => {
    await browser.close();
    await relay.remove();
    served.remove();
  });

  /** The relay serves another thing from now on. */
  async function serve(change: () => void): Promise<void> {
    await relay.stop();
    change();
    await relay.run();
  }

  it("is what the release says, by the page's word and by that of `linnet web`", async () => {
    const own = await Relay.start("--mode", "open");
    const ada = await installed(browser, own.url);
    const hash = await shownHash(ada);
    expect(
      linnet("web", "hash")
        .replace(/^\S+\s+/, "")
        .trim(),
    ).toBe(hash);
    expect(linnet("web", "verify", own.url)).toContain(hash);
    await ada.leave();
    await own.remove();
  });

  it("never changes for a version by another key, and the screen says so", async () => {
    const ada = await installed(browser, relay.url);
    expect(await shownHash(ada)).toBe(first);
    await serve(() => {
      served.change("index.html", (text) => text.replace("<title>", "<title>Evil "));
      served.release("2.0.0", newSigner());
    });
    await reopen(ada);
    await ada.sees(/new version that is not signed by those who made this one/u);
    await shot(ada.page, "refused-key");
    expect(await ada.page.title()).not.toContain("Evil");
    expect(await shownHash(ada)).toBe(first);
    await ada.press("Settings");
    await ada.press(/^About Linnet/u);
    await ada.sees(/It was refused; you keep what you have/u);
    ada.profile.allow(/net::ERR|WebSocket/u);
    await ada.leave();
    await serve(() => {
      served.change("index.html", (text) => text.replace("<title>Evil ", "<title>"));
      expect(served.release("1.0.0", OUR_KEY)).toBe(first);
    });
  });

  it("never goes back to an older version, and the screen says so", async () => {
    const ada = await installed(browser, relay.url);
    await serve(() => served.release("0.9.9", OUR_KEY));
    await reopen(ada);
    await ada.sees(/offered an older version of this page/u);
    await shot(ada.page, "refused-older");
    expect(await shownHash(ada)).toBe(first);

    // Until the relay serves a good one again.
    await serve(() => served.release("1.0.0", OUR_KEY));
    await reopen(ada);
    expect(await shownHash(ada)).toBe(first);
    expect(await ada.page.getByText(/offered an older version/u).count()).toBe(0);
    ada.profile.allow(/net::ERR|WebSocket/u);
    await ada.leave();
  });

  it("is never a file with one other byte, whatever the release says", async () => {
    const ada = await installed(browser, relay.url);
    const [script = ""] = served.scripts();
    const whole = served.read(script);
    await serve(() => {
      served.release("1.0.1", OUR_KEY);
      served.change(script, (text) => `${text.slice(0, -1)} `);
    });
    await reopen(ada);
    await ada.sees(/serves a file that is not the one of the signed version/u);
    await shot(ada.page, "refused-file");
    expect(await shownHash(ada)).toBe(first);
    ada.profile.allow(/net::ERR|WebSocket/u);
    await ada.leave();

    // Nothing of it is kept by who comes for the first time, either.
    const bob = await Person.visit(browser, "Bob", relay.url);
    await bob.sees("Your name");
    const settled = () =>
      navigator.serviceWorker.getRegistration().then((one) => one?.installing ?? null);
    const isOver = async () => (await bob.page.evaluate(settled)) === null;
    await expect.poll(isOver, { timeout: PATIENCE }).toBe(true);
    const kept = await bob.page.evaluate(async () => (await caches.keys()).length);
    expect(kept).toBe(0);
    await bob.profile.context.close();
    await serve(() => {
      served.change(script, () => whole);
      served.release("1.0.0", OUR_KEY);
    });
  });

  it("becomes a newer version by the same key, once the person says so", async () => {
    const ada = await installed(browser, relay.url);
    let newer = "";
    await serve(() => {
      served.change("index.html", (text) => `${text}<!-- newer -->`);
      newer = served.release("1.1.0", OUR_KEY);
    });
    await reopen(ada);
    await ada.sees("A new version is ready");
    await shot(ada.page, "offered");
    await ada.press("Use it now");
    await ada.button("Settings").waitFor();
    expect(await shownHash(ada)).toBe(newer);
    expect(newer).not.toBe(first);
    ada.profile.allow(/net::ERR|WebSocket/u);
    await ada.leave();
    await serve(() => {
      served.change("index.html", (text) => text.replace("<!-- newer -->", ""));
      served.release("1.0.0", OUR_KEY);
    });
  });

  it("is given another worker by the relay: the page says so and lets go of it", async () => {
    const ada = await installed(browser, relay.url);
    await serve(() => {
      served.change("sw.js", (text) => `${text}\nself.evil = 1;`);
    });
    await reopen(ada);
    await ada.sees(/given other code for this page/u);
    await shot(ada.page, "refused-worker");
    const count = () =>
      ada.page.evaluate(
        async () => (await navigator.serviceWorker.getRegistrations()).length,
      );
    await expect.poll(count).toBe(0);
    ada.profile.allow(/net::ERR|WebSocket/u);
    await ada.leave();
  });

  it("makes no code of texts and no HTML of strings", async () => {
    const answer = await fetch(relay.url);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*/u);
    const page = await browser.newPage();
    await page.goto(relay.url);
    // Later, in the page's own time: what a debugger runs is free of the policy.
    const outcome = await page.evaluate(
      () =>
        new Promise<readonly string[]>((resolve) => {
          const attempts: (() => unknown)[] = [
            () =>
              Reflect.apply(Reflect.get(globalThis, "eval") as Evaluate, null, ["1"]),
            () => Reflect.construct(Function, ["return 1"]),
            () => (document.body.innerHTML = "<b>x</b>"),
            () => new Worker("data:text/javascript,1"),
          ];
          setTimeout(() => {
            resolve(
              attempts.map((attempt) => {
                try {
                  attempt();
                  return "ran";
                } catch (error) {
                  return (error as Error).name;
                }
              }),
            );
          });
        }),
    );
    expect(outcome).toEqual(["EvalError", "EvalError", "TypeError", "TypeError"]);
    await page.close();
  });
});
