import { afterAll, beforeAll, expect, it } from "vitest";

import { type Bytes, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/client/core/cbor.ts";
import { encodeContent, newContent } from "../../src/client/core/content.ts";
import {
  reactionPart,
  textPart,
  timerPart,
  withdrawalPart,
} from "../../src/client/core/meaning.ts";
import { Disposition, singlePart } from "../../src/client/core/parts.ts";
import { entropy } from "../../src/client/store/database.ts";
import { Sender } from "../../src/mls/framing.ts";
import { send } from "../mls/insider.ts";
import { shot, storyInChromium } from "./chromium.ts";
import { Enemy } from "./enemy.ts";
import { holdsFor } from "./looking.ts";
import { GROUP, Siege } from "./siege.ts";

const TIMER = "application/vnd.linnet.timer";
const LONGEST = 2 ** 32 - 1;

storyInChromium("what an attacker pretends to be, in Chromium", () => {
  let siege: Siege;

  beforeAll(async () => {
    siege = await Siege.lay();
  });
  afterAll(async () => {
    await siege.lift();
  });

  it("a message in the name of another member is refused, and theirs is heard", async () => {
    const { vera, mallory, bob, group } = await siege.parties();
    await mallory.sendRaw(group, async (machine) => {
      const bobs = machine.members.find((one) => one.name === "Bob");
      const content = newContent(entropy(16), textPart("I, Bob, owe Mallory 1000"));
      const sender = Sender.member(bobs?.leaf ?? 0);
      const bend = { framed: { sender }, isPrivate: true };
      return send(machine.group, encodeContent(content), bend);
    });
    await mallory.sendRaw(group, () => Promise.resolve(entropy(500)));
    await bob.send((await bob.chat(GROUP)).id, "It is really me", {});

    await vera.hears("It is really me");
    await vera.sees("A message could not be read on this device");
    expect(await vera.message("owe Mallory").count()).toBe(0);
    await holdsFor(vera, "forged-sender");
  });

  it("nobody can edit or delete what another one wrote", async () => {
    const { vera, mallory, group } = await siege.parties();
    await vera.say("I said no");
    const said = await mallory.message(group, "I said no");
    await mallory.say(group, textPart("I said yes"), { replaces: said.mimi });
    await mallory.say(group, withdrawalPart(false), { replaces: said.mimi });
    await mallory.say(group, withdrawalPart(true), { replaces: said.mimi });
    await mallory.say(group, textPart("after the edit"));

    await vera.hears("after the edit");
    expect(await vera.message("I said no").count()).toBe(1);
    expect(await vera.message(/I said yes|deleted|edited/u).count()).toBe(0);
    await holdsFor(vera, "forged-edit");
  });

  it("answers, edits and reactions to what nobody wrote stand alone", async () => {
    const { vera, mallory, group } = await siege.parties();
    const nothing: Bytes = Uint8Array.from([1, ...entropy(31)]);
    const saying = { inReplyTo: nothing };
    await mallory.say(group, textPart("An answer to nothing"), saying);
    await mallory.say(group, reactionPart("👻"), saying);
    await mallory.say(group, textPart("An edit of nothing"), { replaces: nothing });
    await mallory.say(group, textPart("then this"));

    await vera.hears("An answer to nothing");
    await vera.hears("then this");
    await vera.sees("A message that is not on this device");
    expect(await vera.message("An edit of nothing").count()).toBe(0);
    expect(await vera.page.getByText("👻").count()).toBe(0);
    await holdsFor(vera, "to-nothing");
  });

  it("a flood of reactions stays small", async () => {
    const { vera, mallory, group } = await siege.parties();
    await vera.say("React to this");
    const { mimi } = await mallory.message(group, "React to this");
    const flood = Array.from({ length: 1_000 }, (_, at) => {
      const part = reactionPart(`${String.fromCodePoint(0x1f300 + (at % 400))}${at}`);
      return [part, { inReplyTo: mimi }] as const;
    });
    await mallory.sayAll(group, flood);
    await mallory.say(group, textPart("that was the flood"));

    await vera.hears("that was the flood");
    const row = vera.message("React to this");
    await row.locator(".reaction").first().waitFor();
    expect(await row.locator(".reaction").count()).toBeLessThanOrEqual(16);
    await holdsFor(vera, "reactions");
  });

  it("timers of impossible lengths set none, and the longest is only a number", async () => {
    const { vera, mallory, group } = await siege.parties();
    const infinite = Uint8Array.of(0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0);
    for (const length of [encode(-5), encode(2 ** 33), encode("never"), infinite])
      await mallory.say(group, singlePart(Disposition.UNSPECIFIED, TIMER, length));
    await vera.sees(/Mallory.* sent something this version cannot show/u);
    const soon = { relative: false, time: 1 };
    const expires = { relative: false, time: LONGEST };
    await mallory.say(group, textPart("gone at once"), { expires: soon });
    await mallory.say(group, textPart("to the year 2106"), { expires });
    await mallory.say(group, timerPart(LONGEST));

    await vera.hears("to the year 2106");
    await vera.sees(/4,294,967,295 seconds/u);
    await holdsFor(vera, "timers");
    await vera.press("About this chat");
    const pane = vera.page.getByRole("complementary");
    await pane.getByText(/4,294,967,295 seconds/u).waitFor();
    await holdsFor(vera, "timers-info");
    await vera.closeSide();
    await mallory.say(group, timerPart(0));
    await vera.open(GROUP);
  });

  it("words like the app's own stand in a bubble, under their sender's name", async () => {
    const { vera, mallory, group } = await siege.parties();
    const words = [
      "Bob left the group",
      "Messages here are end-to-end encrypted. Verified ✓",
      "⚠ Linnet: your account is locked. Enter your passphrase here.",
    ];
    for (const text of words) await mallory.say(group, textPart(text));

    for (const text of words) {
      await vera.hears(text);
      expect(await vera.page.locator(".notice").filter({ hasText: text }).count()).toBe(
        0,
      );
    }
    const spoken = await vera.message(words[2] ?? "").getAttribute("aria-label");
    expect(spoken).toContain("Mallory");
    await holdsFor(vera, "like-notices");
  });

  it("a name that looks like a friend's, or wears a seal, is told apart", async () => {
    const { vera, mallory, group } = await siege.parties();
    const twin = await Enemy.begin("Воb", siege.relay.passLink());
    await vera.home();
    await twin.add(await vera.shortInvite(), "It is me, Bob. New phone!");
    await vera.home();
    await vera.press(/wants? to talk$/u);
    await vera.sees(/pretends to be them/u);
    await vera.sees(/^Key .*[0-9a-f]{12}/u);
    await holdsFor(vera, "twin-request");
    await vera.press("Decline");
    twin.close();

    await mallory.rename("Bob ✅🛡️");
    await mallory.say(group, textPart("Trust me"));
    await vera.open(GROUP);
    await vera.sees(/Mallory.* is called .*Bob/u);
    await vera.hears("Trust me");
    const text = await vera.page.locator("body").innerText();
    expect(text).not.toMatch(/✅|🛡/u);
    expect(await vera.page.locator(".mini.shield").count()).toBe(0);
    await holdsFor(vera, "sealed-name");
    await vera.home();
    const named = vera.page.getByRole("listitem").filter({ hasText: /^B?Bob/u });
    const subtitles: string[] = [];
    const told = { hasText: "is called" };
    const both = [named.filter(told), named.filter({ hasNotText: told.hasText })];
    for (const [at, one] of both.entries()) {
      await one.getByRole("button").click();
      await vera.composer().waitFor();
      subtitles.push(await vera.page.locator(".talk-sub").innerText());
      await shot(vera.page, `two-bobs-${at}`);
      await vera.home();
    }
    // Two of one name are told apart by their keys.
    for (const one of subtitles) expect(one).toMatch(/Key .*[0-9a-f]{12}/u);
    expect(new Set(subtitles).size).toBe(2);
    await mallory.rename("Mallory");
    await vera.open(GROUP);
  });

  it("a picture in place of a text, and what is no text at all, is a notice", async () => {
    const { vera, mallory, group } = await siege.parties();
    for (const [type, data] of [
      ["text/html", "<script>ran=1</script>"],
      ["image/svg+xml", "<svg onload=ran=1>"],
      ["application/vnd.linnet.card", "no card"],
      ["", ""],
    ] as const)
      await mallory.say(group, singlePart(Disposition.RENDER, type, utf8(data)));
    await mallory.say(group, textPart("still here"));

    await vera.hears("still here");
    await vera.sees(/sent something this version cannot show/u);
    expect(await vera.page.getByText("ran=1").count()).toBe(0);
    await holdsFor(vera, "other-kinds");
  });
});
