/** What is done on a screen before its picture is taken, by name. */

import type { Script } from "./sample.ts";

const frame = () => new Promise((resolve) => setTimeout(resolve, 150));

async function found(selector: string, at = 0): Promise<HTMLElement> {
  for (let tries = 0; tries < 30; tries += 1) {
    const element = [...document.querySelectorAll<HTMLElement>(selector)].at(at);
    if (element) return element;
    await frame();
  }
  throw new Error(`There is no ${selector}.`);
}

async function press(selector: string, at = 0): Promise<void> {
  (await found(selector, at)).click();
  await frame();
}

async function menuOf(selector: string, at: number): Promise<void> {
  const target = await found(selector, at);
  const { left, top } = target.getBoundingClientRect();
  const place = { clientX: left + 30, clientY: Math.max(60, top) };
  target.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, ...place }));
  await frame();
}

async function type(selector: string, words: string): Promise<void> {
  const box = (await found(selector)) as HTMLTextAreaElement;
  box.focus();
  box.value = words;
  box.setSelectionRange(words.length, words.length);
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await frame();
  await frame();
}

export async function act(name: string, script: Script): Promise<void> {
  const [first = ""] = script.names;
  switch (name) {
    case "top":
    case "middle": {
      const list = await found(".messages");
      await frame();
      list.scrollTop = name === "top" ? 0 : list.scrollHeight * 0.45;
      await frame();
      await frame();
      break;
    }
    case "menu":
      await menuOf(".theirs .bubble", -1);
      break;
    case "own":
      await menuOf(".mine .bubble", -3);
      break;
    case "emoji":
      await press(".composer-box .icon-button");
      await frame();
      break;
    case "reply":
      await menuOf(".theirs .bubble", -1);
      await press(".menu-items button");
      await type(".composer textarea", script.lines[1] ?? "");
      break;
    case "mention":
      await type(".composer textarea", `@${first.charAt(0)}`);
      break;
    case "view": {
      const list = await found(".messages");
      await frame();
      list.scrollTop = 0;
      await found(".visual-open img");
      await press(".visual-open");
      await frame();
      break;
    }
    case "search":
      await type(".search input", (script.lines[0] ?? "").slice(0, 4));
      await frame();
      await frame();
      break;
    case "row":
      await menuOf(".chat-list .chat-row", 2);
      break;
    case "ask":
      await press(".devices-none, .row .icon-button");
      break;
    case "made":
      await press(".column-body .button.main");
      await frame();
      break;
    case "scan":
      await press(".column-body .stack > .button");
      await frame();
      break;
    case "other":
      await press(".ways .row", 1);
      break;
    case "restore":
      await press(".ways .row", 2);
      break;
    default:
  }
}
