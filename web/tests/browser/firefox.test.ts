import { spawnSync } from "node:child_process";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Relay } from "../kit/relay.ts";
import { Firefox } from "./firefox.ts";

const IS_HERE = spawnSync("firefox-esr", ["--version"]).status === 0;
/** Left out, visibly, where there is no Firefox; a failure in CI. */
const storyInFirefox =
  IS_HERE || process.env["CI"] === "true" ? describe : describe.skip;

/** The first control with this accessible name, as an expression. */
function control(name: string): string {
  return `[...document.querySelectorAll("button, a, [role=button]")].find((one) =>
    (one.getAttribute("aria-label") ?? one.textContent).trim().startsWith(${JSON.stringify(name)}))`;
}

async function press(firefox: Firefox, name: string): Promise<void> {
  await firefox.until(`${control(name)}?.getClientRects().length`);
  await firefox.until(`!${control(name)}.disabled`);
  await firefox.evaluate(
    `(document.querySelector("[data-story]")?.removeAttribute("data-story"), ${control(name)}.setAttribute("data-story", ""), 1)`,
  );
  await firefox.click("[data-story]");
}

async function sees(firefox: Firefox, text: string): Promise<void> {
  await firefox.until(`document.body.innerText.includes(${JSON.stringify(text)})`);
}

async function begin(firefox: Firefox, name: string): Promise<void> {
  await firefox.click("input");
  await firefox.type(name);
  await press(firefox, "Start talking");
}

async function say(firefox: Firefox, text: string): Promise<void> {
  await firefox.click("textarea, [role=textbox]");
  await firefox.type(`${text}\n`);
}

/** What the page puts on the clipboard when its button is pressed. */
async function copied(firefox: Firefox, button: string): Promise<string> {
  await firefox.evaluate(`(() => {
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    navigator.clipboard.writeText = (text) => { window.copied = text; return write(text); };
    return 1; })()`);
  await press(firefox, button);
  await firefox.until("window.copied");
  return firefox.evaluate<string>("window.copied");
}

storyInFirefox("two people who have never heard of Linnet, in Firefox", () => {
  let relay: Relay;
  let ada: Firefox;
  let bob: Firefox;

  beforeAll(async () => {
    relay = await Relay.start("--mode", "open");
    [ada, bob] = [await Firefox.launch(), await Firefox.launch()];
  });
  afterAll(async () => {
    await ada.close();
    await bob.close();
    await relay.remove();
  });

  it("talk both ways, and say how long it took", async () => {
    const began = Date.now();
    await ada.goto(relay.url);
    await begin(ada, "Ada");
    await press(ada, "My invite");
    const link = await copied(ada, "Copy link");

    await bob.goto(link);
    await sees(bob, "Somebody invited you to talk");
    await begin(bob, "Bob");
    await press(bob, "Ask to talk");

    await ada.goto(relay.url);
    await sees(ada, "wants to talk");
    await press(ada, "1 person wants to talk");
    await press(ada, "Accept");
    await say(ada, "Hello Bob, this is Ada.");
    await sees(bob, "Hello Bob, this is Ada.");
    await say(bob, "Hello Ada! It works.");
    await sees(ada, "Hello Ada! It works.");
    const seconds = (Date.now() - began) / 1_000;
    console.log(`Firefox, from the first visit to an answer: ${seconds.toFixed(1)} s`);
    expect(await bob.evaluate("document.title")).toContain("Linnet");
  });
});
