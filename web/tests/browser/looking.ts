/** What must hold on a screen whatever was sent to it. */

import { readFileSync } from "node:fs";

import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";

import { shot } from "./chromium.ts";
import type { Person } from "./person.ts";

const SIZES = [
  { name: "wide", width: 1280, height: 800 },
  { name: "phone", width: 360, height: 740 },
];

/**
 * Everything stands where it may on a phone and on a wide screen, no script has run, and
 * nobody was asked for anything. Leaves the phone.
 */
export async function holdsFor(person: Person, name: string): Promise<void> {
  const { page, profile } = person;
  for (const { name: size, width, height } of SIZES) {
    await page.setViewportSize({ width, height });
    await settled(page);
    await shot(page, `${name}-${size}`);
    expect(await page.evaluate(misplaced), `${name} on a ${size} screen`).toEqual([]);
  }
  expect(await page.evaluate(() => Object.hasOwn(globalThis, "ran"))).toBe(false);
  expect(profile.context.pages()).toHaveLength(1);
  profile.requireClean();
}

/** Wait until two frames were drawn. */
export function settled(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            resolve();
          }),
        );
      }),
  );
}

/** What lies outside the screen or over its neighbours, as words. */
function misplaced(): readonly string[] {
  const found: string[] = [];
  const say = (element: Element, what: string) =>
    found.push(`${element.tagName} ${element.className} ${what}`);
  const { innerWidth: width } = window;
  const ancestors = function* (of: Element): Generator<Element> {
    for (let at = of.parentElement; at; at = at.parentElement) yield at;
  };
  if (document.documentElement.scrollWidth > width) found.push("the page is too wide");
  const shown = [...document.body.querySelectorAll<HTMLElement>("*")].filter(
    (one) =>
      one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      !one.closest(".hidden, svg, [inert]"),
  );
  for (const one of shown) {
    const box = one.getBoundingClientRect();
    const isCut = [...ancestors(one)].some(
      (each) => getComputedStyle(each).textOverflow === "ellipsis",
    );
    if (box.width > 1 && !isCut && (box.left < -1 || box.right > width + 1))
      say(one, `from ${box.left} to ${box.right} of ${width}`);
    if (one.matches(".list, .bubble, .notice") && one.scrollWidth > one.clientWidth + 1)
      say(one, `holds ${one.scrollWidth} in ${one.clientWidth}`);
  }
  const rows = [...document.querySelectorAll(".messages .list-row")]
    .map((row) => ({ row, box: row.getBoundingClientRect() }))
    .sort((one, other) => one.box.top - other.box.top);
  rows.forEach(({ row, box }, at) => {
    const next = rows[at + 1]?.box;
    if (next && box.bottom > next.top + 1) say(row, "lies over the next");
  });
  // U+2068 and U+2069 are the page's own: they keep names apart from sentences.
  if (/[\u200e\u200f\u202a-\u202e\u2066\u2067]/u.test(document.body.innerText))
    found.push("a control that turns text around");
  return found;
}

/** Bytes of memory of all processes of a browser that draw pages. */
export async function memoryOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let pages = 0;
  for (const { id, type } of processInfo)
    if (type !== "browser")
      try {
        pages += Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]);
      } catch {
        // It has ended since it was listed.
      }
  return pages * 4096;
}
