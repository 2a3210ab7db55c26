import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import type { Bytes } from "../../src/bytes.ts";
import type { CborMap, Value } from "../../src/client/core/cbor.ts";
import { MEDIA } from "../../src/client/core/hints.ts";
import { storyInChromium } from "./chromium.ts";
import { holdsFor, memoryOf } from "./looking.ts";
import { gif, jpeg, png } from "./pictures.ts";
import { Siege } from "./siege.ts";

const SCRIPT = "<html><body><script>opener.ran=parent.ran=1</script></body></html>";
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" onload="ran=1"><script>ran=1</script></svg>';
const MEGABYTE = 1_000_000;

storyInChromium("what an attacker attaches, in Chromium", () => {
  let siege: Siege;

  beforeAll(async () => {
    siege = await Siege.lay();
  });
  afterAll(async () => {
    await siege.lift();
  });

  it("a file that is a page or a script is saved, never opened", async () => {
    const { vera, mallory, group } = await siege.parties();
    const files: [string, string, string, RegExp][] = [
      ["page.html", "text/html", SCRIPT, /^page\.html$/u],
      ["drawing.svg", "image/svg+xml", SVG, /^drawing\.svg$/u],
      ["song.xml", "audio/page+xml", SVG, /^song\.xml$/u],
      ['"><script>ran=1<.html', "TEXT/HTML;x", SCRIPT, /^[^<>"]*ran=1[^<>"]*html$/u],
      ["../../photo\u202egpj.exe", "image/svg+xml", SVG, /^photogpj\.exe$/u],
      [`${"holiday.jpg ".repeat(16)}.exe`, "a/b", SCRIPT, /^holiday.*…?.*\.exe$/u],
    ];
    for (const [name, mediaType, data, saved] of files) {
      await mallory.sayFile(group, data, { name, mediaType });
      // The name stands between marks that keep its direction to itself.
      const called = new RegExp(`^Save .${saved.source.slice(1, -1)}.$`, "u");
      const save = vera.page.getByRole("button", { name: called });
      const row = vera.page.getByRole("article").filter({ has: save });
      await save.waitFor();
      expect(await row.locator("img, video, audio, iframe, object").count()).toBe(0);
      const [download] = await Promise.all([
        vera.page.waitForEvent("download"),
        save.click(),
      ]);
      expect(download.suggestedFilename()).toMatch(saved);
      await download.delete();
    }
    await holdsFor(vera, "hostile-files");
  });

  it("a picture that unfolds into gigabytes is refused, and takes no memory", async () => {
    const { vera, mallory, group } = await siege.parties();
    const bombs: [string, string, Bytes][] = [
      ["wide.png", "image/png", png(30_000, 30_000)],
      ["square.png", "image/png", png(16_000, 16_000)],
      ["frame.jpg", "image/jpeg", jpeg(30_000, 30_000)],
      ["small.gif", "image/gif", gif(1, [[60_000, 60_000]])],
      ["moving.gif", "image/gif", gif(5_000, Array(500).fill([5_000, 5_000]))],
      ["liar.jpg", "image/jpeg", png(30_000, 30_000)],
      ["page.png", "image/png", new TextEncoder().encode(SVG)],
    ];
    const memory = new Highest(siege.browser);
    for (const [name, mediaType, data] of bombs) {
      await mallory.sayFile(group, data, { name, mediaType }, bigHint(4_000, 4_000));
      const row = vera.page.getByRole("article").last();
      await row.getByText(name).waitFor();
      await row.getByText(/far too large, or is no picture at all/u).waitFor();
      expect(await row.locator("img").count()).toBe(0);
    }
    const rose = await memory.risen();
    console.log(`Memory of Chromium's pages rose by ${Math.round(rose / MEGABYTE)} MB`);
    expect(rose).toBeLessThan(250 * MEGABYTE);
    await holdsFor(vera, "hostile-bombs");
  });

  it("a preview that lies about its size is not drawn", async () => {
    const { vera, mallory, group } = await siege.parties();
    const lies = { name: "later.png", mediaType: "image/png", size: 2 ** 40 };
    for (const preview of [gif(1, [[60_000, 60_000]]), png(300, 300).slice(0, 900)]) {
      const hint = mediaHint(["w", 65_535], ["h", 1], ["preview", preview]);
      await mallory.sayFile(group, "x", lies, hint);
    }
    const row = vera.page.getByRole("article").last();
    await row.getByText(/TB|GB/u).waitFor();
    expect(await vera.page.locator("img.preview").count()).toBe(0);
    await holdsFor(vera, "hostile-previews");
  });

  it("an absurd voice note has a bounded wave and harms nothing when played", async () => {
    const { vera, mallory, group } = await siege.parties();
    const lies = { name: "Voice", mediaType: "audio/ogg" };
    const wave = new Uint8Array(128).fill(255);
    const hints = [
      mediaHint(["duration", 2 ** 32 - 1], ["wave", wave]),
      mediaHint(["duration", -5], ["wave", new Uint8Array(3_000).fill(255)]),
    ];
    for (const hint of hints) await mallory.sayFile(group, "no sound", lies, hint);
    const notes = vera.page.locator(".voice");
    await notes.nth(1).waitFor();
    expect(await notes.first().locator("rect").count()).toBeLessThanOrEqual(40);
    for (const at of [0, 1]) {
      await notes.nth(at).getByRole("button").first().click();
      await notes.nth(at).getByRole("button", { name: "Play" }).waitFor();
    }
    await holdsFor(vera, "hostile-voice");
  });
});

function mediaHint(...fields: readonly [string, Value][]): { extensions: CborMap } {
  return { extensions: new Map([[MEDIA, new Map(fields)]]) };
}

function bigHint(w: number, h: number): { extensions: CborMap } {
  return mediaHint(["w", w], ["h", h]);
}

/** The most memory that a browser's pages took since this began to look. */
class Highest {
  readonly #browser: Browser;
  readonly #before: Promise<number>;
  readonly #timer: NodeJS.Timeout;
  #most = 0;

  constructor(browser: Browser) {
    this.#browser = browser;
    this.#before = memoryOf(browser);
    this.#timer = setInterval(() => void this.#look(), 250);
  }

  async risen(): Promise<number> {
    clearInterval(this.#timer);
    await this.#look();
    return this.#most - (await this.#before);
  }

  async #look(): Promise<void> {
    this.#most = Math.max(this.#most, await memoryOf(this.#browser));
  }
}
