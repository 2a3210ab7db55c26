import { afterAll, beforeAll, expect, it } from "vitest";

import { textPart } from "../../src/client/core/meaning.ts";
import { storyInChromium } from "./chromium.ts";
import { holdsFor, settled } from "./looking.ts";
import { GROUP, Siege } from "./siege.ts";

storyInChromium("what an attacker writes, in Chromium", () => {
  let siege: Siege;

  beforeAll(async () => {
    siege = await Siege.lay();
  });
  afterAll(async () => {
    await siege.lift();
  });

  it("HTML and scripts are shown as the letters they are", async () => {
    const { vera, mallory, group } = await siege.parties();
    const texts = [
      "<img src=x onerror=ran=1><script>ran=1</script><b>bold</b>",
      '"><svg onload=ran=1><iframe srcdoc="<script>parent.ran=1</script>"></iframe>',
      "<img src=https://evil.example/pixel.png> <style>*{display:none}</style>",
      "{{constructor.constructor('ran=1')()}} ${ran=1} <!--",
    ];
    for (const text of texts) await mallory.say(group, textPart(text));

    for (const text of texts) await vera.hears(text);
    const made = await vera.page
      .locator(".words *")
      .evaluateAll((all) => all.map(({ tagName }) => tagName));
    expect(made.filter((tag) => !["A", "SPAN"].includes(tag))).toEqual([]);
    await holdsFor(vera, "hostile-html");
    await vera.home();
    await vera.sees(texts.at(-1) ?? "");
    await holdsFor(vera, "hostile-html-list");
  });

  it("HTML in a name and a title are letters in every place that shows them", async () => {
    const { vera, mallory, group } = await siege.parties();
    const [name, title] = ["<img src=x onerror=ran=1>", "<script>ran=1</script>&amp;"];
    await mallory.rename(name);
    await mallory.renameGroup(group, title);

    await vera.open(title);
    await vera.sees(/is called .*<img/u);
    await vera.press("About this chat");
    await vera.page.getByRole("heading", { name: "Members" }).waitFor();
    await holdsFor(vera, "hostile-names");
    await vera.closeSide();
    await vera.home();
    await holdsFor(vera, "hostile-names-list");
    await mallory.renameGroup(group, GROUP);
    await mallory.rename("Mallory");
    await vera.open(GROUP);
  });

  it("only addresses of the web can be clicked, and say where they lead", async () => {
    const { vera, mallory, group } = await siege.parties();
    const text = [
      "links:",
      "javascript:ran=1",
      "data:text/html,<script>ran=1</script>",
      "vbscript:x file:///etc/passwd blob:null/1 intent://x#Intent;end",
      "https://bank.example@evil.example/",
      "https://аррӏе.com/login",
      "https://ⓑⓐⓝⓚ.example/",
      "https://good.example/\u202egpj.exe",
      "http://plain.example/a?b=c#d",
    ].join("\n");
    await mallory.say(group, textPart(text));

    await vera.hears("links:");
    const links = vera.message("links:").getByRole("link");
    const found = await links.evaluateAll((all) =>
      (all as HTMLAnchorElement[]).map((one) => [one.href, one.rel, one.target]),
    );
    const safe = ["noopener noreferrer", "_blank"];
    expect(found).toEqual([
      ["https://xn--80ak6aa92e.com/login", ...safe],
      ["https://bank.example/", ...safe],
      ["https://good.example/%E2%80%AEgpj.exe", ...safe],
      ["http://plain.example/a?b=c#d", ...safe],
    ]);
    const shown = await vera.message("links:").locator(".words").innerText();
    expect(shown).toContain("(xn--80ak6aa92e.com)");
    expect(shown).toContain("(bank.example)");
    await holdsFor(vera, "hostile-links");
  });

  it("what turns text around turns nothing but itself", async () => {
    const { vera, mallory, group } = await siege.parties();
    await mallory.say(group, textPart("safe\u202eexe.gpj\u2066\u2067 end"));
    await mallory.say(group, textPart("שלום 12:34 ירושלים"));

    await vera.hears("safeexe.gpj end");
    await vera.hears("שלום");
    // The time stands at the end of its bubble, whatever the words before it are.
    const places = await vera.page.getByRole("article").evaluateAll((all) =>
      all.map((one) => {
        const box = one.querySelector(".bubble")?.getBoundingClientRect();
        const time = one.querySelector("time")?.getBoundingClientRect();
        return box && time ? box.right - time.right : 0;
      }),
    );
    for (const place of places.slice(-2)) expect(Math.abs(place)).toBeLessThan(40);
    await holdsFor(vera, "hostile-bidi");
  });

  it("a word without end is broken, folded, and lets the page answer", async () => {
    const { vera, mallory, group } = await siege.parties();
    // 40,000 bytes are the most that a content may have (spec/conversations.md §7.1).
    const texts = ["W".repeat(39_900), "﷽".repeat(9_000), "\n\u00a0".repeat(9_000)];
    for (const [at, text] of texts.entries()) {
      await mallory.say(group, textPart(`endless ${at}${text}`));
      await vera.hears(`endless ${at}`);
      await holdsFor(vera, `hostile-long-${at}`);
    }
    const long = vera.message("endless 2");
    await long.getByRole("button", { name: "Show more" }).click();
    await long.getByRole("button", { name: "Show less" }).waitFor();
    const began = Date.now();
    await vera.composer().fill("x");
    await settled(vera.page);
    // A page that lays a word out anew at every key takes minutes.
    expect(Date.now() - began).toBeLessThan(15_000);
    await holdsFor(vera, "hostile-long");
    await long.getByRole("button", { name: "Show less" }).click();
    await vera.composer().fill("");
  });

  it("a word of 100 KB of one's own is refused with a sentence", async () => {
    const { vera } = await siege.parties();
    await vera.say("W".repeat(100_000));
    await vera.sees(/Send it as a file instead/u);
    expect(await vera.composer().inputValue()).toMatch(/^W{60000}/u);
    await holdsFor(vera, "hostile-own");
    await vera.composer().fill("");
    await vera.closeAlerts();
  });

  it("piled marks stay in their row", async () => {
    const { vera, mallory, group } = await siege.parties();
    const marks = ["\u0301\u0302\u0303\u0489", "\u0316\u0317\u200d\u0318"];
    await mallory.say(group, textPart("above"));
    for (const piled of marks)
      await mallory.say(group, textPart(`zalgo a${piled.repeat(2_500)}`));
    await mallory.say(group, textPart("below"));

    await vera.hears("below");
    await settled(vera.page);
    const neighbours = async () => [
      await vera.message("above").last().screenshot(),
      await vera.message("below").last().screenshot(),
    ];
    let seen = await neighbours();
    const areAs = async (before: readonly Buffer[]) => {
      seen = await neighbours();
      return seen.every((one, at) => before[at]?.equals(one));
    };
    // They may still be coming in.
    await expect.poll(() => areAs(seen)).toBe(true);
    const still = seen;
    await vera.message("zalgo").evaluateAll((all) => {
      for (const one of all as HTMLElement[]) one.style.visibility = "hidden";
    });
    expect(await areAs(still)).toBe(true);
    await vera.page.locator("article").evaluateAll((all) => {
      for (const one of all as HTMLElement[]) one.style.visibility = "";
    });
    await holdsFor(vera, "hostile-marks");
  });
});
