/** How long it takes to open a conversation of very many messages, in a real browser. */

import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { build } from "vite";

import { Person } from "../tests/browser/person.ts";
import type { Relay } from "../tests/kit/relay.ts";

const TIMES = 9;
const PHONE = { viewport: { width: 390, height: 800 } };

export interface Opening {
  /** From the tap on the list to the newest message in the page: the median, and all. */
  readonly median: number;
  readonly times: readonly number[];
  /** Elements of the page at the newest message, and after scrolling far up. */
  readonly nodes: number;
  readonly scrolledNodes: number;
}

/** Let two people meet, give one of them `count` messages, and open that chat often. */
export async function opening(
  browser: Browser,
  relay: Relay,
  count: number,
): Promise<Opening> {
  const ada = await Person.begin(browser, "Ada", relay.url, PHONE);
  const bob = await Person.begin(browser, "Bob", await ada.invite());
  await bob.press("Ask to talk");
  await bob.composer("Ada").waitFor();
  await ada.accept("Bob");
  await bob.say("Hello");
  await ada.hears("Hello");
  await bob.leave();
  await ada.page.evaluate(`${await filler()}\n;Filler.fill(${count})`);
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    if (time % 3 === 0) await ada.comeBack();
    await ada.home();
    await ada.page.getByRole("navigation").getByText("Bob").first().waitFor();
    times.push(await tapped(ada.page, `Message ${count},`));
  }
  const nodes = await size(ada.page);
  await ada.page.getByRole("article").last().hover();
  for (let turn = 0; turn < 40; turn++) await ada.page.mouse.wheel(0, -2_000);
  const scrolledNodes = await size(ada.page);
  await ada.leave();
  const sorted = [...times].sort((a, b) => a - b);
  return { median: sorted[Math.floor(TIMES / 2)] ?? 0, times, nodes, scrolledNodes };
}

async function filler(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      rolldownOptions: {
        input: join(import.meta.dirname, "filler.ts"),
        preserveEntrySignatures: "strict",
        output: { format: "iife", name: "Filler", codeSplitting: false },
      },
    },
    // Filling wants nothing of what the client fetches only where it is wanted.
    plugins: [{ name: "nothing-later", resolveDynamicImport: () => false }],
  });
  const code = "output" in made ? made.output[0].code : undefined;
  if (code === undefined) throw new Error("The filler could not be built.");
  return code;
}

/** Tap the only chat of the list; milliseconds until its newest message is drawn. */
function tapped(page: Page, newest: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const began = performance.now();
        document.querySelector<HTMLElement>("button.chat-row")?.click();
        const look = (): void => {
          const words = [...document.querySelectorAll("article .words")].at(-1);
          if (words?.textContent.startsWith(wanted)) resolve(performance.now() - began);
          else requestAnimationFrame(look);
        };
        look();
      }),
    newest,
  );
}

function size(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelectorAll("*").length);
}
