/**
 * Somebody at a real Chromium: says each line of the input, writes every message shown.
 *
 * `node tools/chat.mjs FOLDER URL meet LINK`: begin as Ann, ask whose invite it is;
 * `node tools/chat.mjs FOLDER URL chat NAME`: come back to a conversation.
 * FOLDER keeps the profile. Whose certificate it is does not matter: a lab signs its own.
 */

import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const [folder, url, verb, what] = process.argv.slice(2);
const LOOK_MILLISECONDS = 50;
/** Milliseconds in which the next thing is on the screen, though a road was blocked. */
const PATIENCE = 60_000;

const context = await chromium.launchPersistentContext(folder, {
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  locale: "en-GB",
  // The list keeps what is far above the screen out of the page.
  viewport: { width: 1_280, height: 4_000 },
  args: [
    "--no-sandbox",
    "--ignore-certificate-errors",
    "--disable-background-networking",
    "--disable-component-update",
  ],
});
context.setDefaultTimeout(PATIENCE);
const page = context.pages()[0] ?? (await context.newPage());
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const composer = page.getByRole("textbox", { name: /^Message to / });

/** Begin an account, and ask the owner of an invite to talk. */
async function meet(link) {
  await page.getByLabel("Your name").fill("Ann");
  await press("Start talking");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await press("New chat");
  await press(/^Add by link/u);
  await page.getByLabel("Invite link").fill(link);
  await press("Ask to talk");
  await composer.waitFor();
  process.stdout.write("asked\n");
}

/** Open a conversation. */
async function open(name) {
  const row = page.getByRole("navigation").getByRole("listitem");
  await row.getByRole("button", { name: new RegExp(`^${name}`, "u") }).click();
  await composer.waitFor();
}

/** Say a line as a person does. */
async function say(line) {
  await composer.fill(line);
  await composer.press("Enter");
}

/** Write what has come to stand in the conversation since this was last asked. */
async function listen(heard) {
  const rows = page.locator("[data-key]").filter({ has: page.locator("article") });
  const all = await rows.evaluateAll((shown) =>
    shown.map((row) => [
      row.getAttribute("data-key"),
      row.querySelector(".words")?.textContent ?? "",
    ]),
  );
  for (const [key, text] of all) {
    if (!heard.has(key)) process.stdout.write(`${text}\n`);
    heard.add(key);
  }
}

await page.goto(url);
await (verb === "meet" ? meet(what) : open(what));
const lines = [];
let isOver = false;
createInterface({ input: process.stdin })
  .on("line", (line) => lines.push(line))
  .on("close", () => (isOver = true));
const heard = new Set();
while (!isOver || lines.length > 0) {
  const line = lines.shift();
  if (line) await say(line);
  await listen(heard);
  if (lines.length === 0)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
}
await context.close();
