import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { beforeAll, expect, it } from "vitest";

import { parsePassLink } from "../../src/wire/links.ts";
import { type Printed, Terminal } from "../stories/terminal.ts";
import { PATIENCE, shot, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

/** So tall that a short talk stands on the screen whole. */
const TALL = 2_000;
/** Seconds; longer than a terminal that is asked again and again takes to read once. */
const SOON = 45;

storyInChromium("a group of two browsers and a terminal", () => {
  const stage = Stage.set();
  let ada: Person;
  let bob: Person;
  let cleo: Terminal;
  /** What everyone must see of the group, in this order. */
  const said: string[] = [];

  beforeAll(async () => {
    cleo = await new Terminal("Cleo").begin(parsePassLink(stage.relay.passLink()));
  });

  /** The same messages in the same order in front of all three, and nothing twice. */
  async function allSee(...who: readonly Person[]): Promise<void> {
    const printed = await cleo.hears("Choir", ...said);
    const seen = printed.filter((one) => !one.notice).map(({ id, text }) => [id, text]);
    for (const one of who.length ? who : [ada, bob])
      await expect.poll(() => one.timeline(), { timeout: PATIENCE }).toEqual(seen);
  }
  async function allHear(text: string): Promise<void> {
    said.push(text);
    await allSee();
  }
  async function printed(text: string): Promise<Printed> {
    const all = (await cleo.run("read", "Choir", "--peek")) as readonly Printed[];
    const found = all.find((one) => one.text === text);
    if (!found) throw new Error(`Cleo has no message ${text}`);
    return found;
  }
  async function cleoReads(words: string): Promise<void> {
    const isSo = (all: unknown): boolean => plain(all).includes(words);
    await cleo.until(isSo, "read", "Choir", "--peek");
  }
  /** The file of a message, as the terminal saves it. */
  async function savedByCleo(text: string): Promise<Buffer> {
    const target = join(cleo.home, `saved of ${text}`);
    await cleo.run("save", "Choir", (await printed(text)).id.slice(0, 8), target);
    return readFile(target);
  }

  it("forms by invitation, and everyone hears everyone", async () => {
    const tall = { viewport: { width: 1280, height: TALL } };
    ada = await Person.begin(stage.browser, "Ada", stage.relay.url, tall);
    const phone = { viewport: { width: 390, height: TALL } };
    bob = await Person.begin(stage.browser, "Bob", stage.relay.url, phone);
    await bob.ask(await ada.invite());
    await ada.accept("Bob");
    await ada.ask(await cleo.invite());
    await cleo.accept("Ada");
    await ada.beginGroup("Choir", "Bob", "Cleo");
    await bob.open("Choir");
    await cleo.until((all) => plain(all).includes("Choir"), "chats");

    await ada.say("Welcome to the choir.");
    await allHear("Welcome to the choir.");
    await bob.say("Glad to be here.");
    await allHear("Glad to be here.");
    await cleo.run("send", "Choir", "Hello from a terminal.");
    await allHear("Hello from a terminal.");
  });

  it("answers and edits alike in a browser and in a terminal", async () => {
    await bob.choose("Hello from a terminal.", "Reply");
    await bob.sees(/^Reply to .*Cleo/u);
    await bob.say("A terminal, how fine.");
    await allHear("A terminal, how fine.");
    const hello = await printed("Hello from a terminal.");
    expect(await printed("A terminal, how fine.")).toMatchObject({
      reply_to: hello.id,
    });
    const { id } = await printed("Glad to be here.");
    await cleo.run("send", "Choir", "--reply", id.slice(0, 8), "So are we.");
    await allHear("So are we.");
    for (const one of [ada, bob])
      await one.message("So are we.").getByText("Glad to be here.").waitFor();

    await ada.choose("Welcome to the choir.", "Edit");
    const begun = () => ada.composer().inputValue();
    await expect.poll(begun, { timeout: PATIENCE }).toBe("Welcome to the choir.");
    await ada.say("Welcome to our choir.");
    said[0] = "Welcome to our choir.";
    await cleo.run("edit", "Choir", hello.id.slice(0, 8), "Greetings from a terminal.");
    said[2] = "Greetings from a terminal.";
    await allSee();
    await bob.message("Welcome to our choir.").getByText("edited").waitFor();
  });

  it("shows everyone who reacted and who is mentioned", async () => {
    await bob.choose("Welcome to our choir.", /React with .*❤️/u);
    await cleoReads("❤️");
    await ada
      .message("Welcome to our choir.")
      .getByText(/❤️.* from .*Bob/u)
      .waitFor();
    const { id } = await printed("Glad to be here.");
    await cleo.run("react", "Choir", id.slice(0, 8), "🎉");
    for (const one of [ada, bob])
      await one
        .message("Glad to be here.")
        .getByText(/🎉.* from .*Cleo/u)
        .waitFor();

    await bob.composer().pressSequentially("Look here, @Ad");
    await bob.page.getByRole("option", { name: "Ada" }).waitFor();
    await bob.composer().press("Enter");
    await expect
      .poll(() => bob.composer().inputValue(), { timeout: PATIENCE })
      .toBe("Look here, @Ada ");
    await bob.composer().pressSequentially("and sing");
    await bob.composer().press("Enter");
    await allHear("Look here, @Ada and sing");
    await ada.page.locator(".mention.to-me", { hasText: "@Ada" }).waitFor();
  });

  it("carries pictures and files whole, from and to a terminal", async () => {
    const song = randomBytes(700_000);
    await ada.attach({ name: "song.bin", mimeType: "application/pdf", buffer: song });
    await ada.say("Our new song");
    await allHear("Our new song");
    expect((await savedByCleo("Our new song")).equals(song)).toBe(true);

    const buffer = await ada.page.screenshot();
    await ada.attach({ name: "stage.png", mimeType: "image/png", buffer });
    await ada.say("The stage");
    await allHear("The stage");
    const shown = bob.message("The stage").getByRole("button", { name: /^Picture/u });
    await shown.locator("img").waitFor();
    const saved = await bob.save(() => bob.choose("The stage", "Save file"));
    expect((await savedByCleo("The stage")).equals(saved)).toBe(true);

    const words = randomBytes(900_000);
    await writeFile(join(cleo.home, "words.bin"), words);
    await cleo.run(
      "send",
      "Choir",
      "--file",
      join(cleo.home, "words.bin"),
      "The words",
    );
    await allHear("The words");
    for (const one of [ada, bob]) {
      const file = one.message("The words").getByRole("button", { name: /^Save/u });
      expect((await one.save(() => file.click())).equals(words)).toBe(true);
    }
  });

  it("plays a voice note that was recorded in a browser", async () => {
    await bob.press("Record a voice note");
    // So long that nobody misses it being played; a busy machine may show no "0:03".
    await bob.page
      .getByRole("timer")
      .getByText(/0:(?:0[3-9]|[1-5]\d)/u)
      .waitFor();
    await bob.press("Send");
    await allHear("");
    const note = ada.message(/0:0\d/u);
    await note.getByRole("button", { name: "Play voice note" }).click();
    await note.getByRole("button", { name: "Pause" }).waitFor();
    await plays(note.locator("audio"));
    await note.getByRole("button", { name: "Play voice note" }).waitFor();
    const [{ id } = { id: "" }] = (await cleo.hears("Choir", ...said)).slice(-1);
    const target = join(cleo.home, "voice");
    await cleo.run("save", "Choir", id.slice(0, 8), target);
    // What begins so is WebM.
    expect((await readFile(target)).subarray(0, 4).toString("hex")).toBe("1a45dfa3");
    await photograph("group-talk");
  });

  it("lets messages disappear on all three", async () => {
    await ada.press("About this chat");
    await ada.page.getByRole("radio", { name: "5 minutes" }).check();
    await bob.sees("Ada⁩ set messages to disappear after");
    await cleoReads("5 minutes");
    await ada.button(/^Cleo/u).last().click();
    await photograph("group-about");
    await ada.page.getByRole("menuitem", { name: "Make admin" }).click();
    await bob.sees(/Ada.* made .*Cleo.* admin/u);
    await cleoReads("admin");
    await cleo.run("timer", "Choir", `${SOON}s`);
    for (const one of [ada, bob])
      await one.sees(/Cleo.* set messages to disappear after .*45 sec/u);

    await bob.say("This will vanish.");
    await allHear("This will vanish.");
    said.pop();
    const gone = { state: "detached", timeout: SOON * 1_000 + PATIENCE } as const;
    for (const one of [ada, bob]) await one.message("This will vanish.").waitFor(gone);
    await allSee();
    await ada.page.getByRole("radio", { name: "Never" }).check();
    await bob.sees(/Ada.* turned disappearing messages off/u);
  });

  it("tells a terminal that it was removed, and nothing after that", async () => {
    await ada.button(/^Cleo/u).last().click();
    await ada.page.getByRole("menuitem", { name: "Remove from the group" }).click();
    await ada.confirm("Remove from the group");
    await bob.sees(/Ada.* removed .*Cleo/u);
    await ada.say("Without Cleo now.");
    await bob.hears("Without Cleo now.");
    await cleoReads("removed");
    await ada.open("Cleo");
    await ada.say("You still hear me here.");
    await cleo.hears("Ada", "You still hear me here.");
    await cleo.hears("Choir", ...said);
    await ada.open("Choir");
    said.push("Without Cleo now.");
    for (const one of [ada, bob])
      await expect
        .poll(() => one.texts(), { timeout: PATIENCE })
        .toEqual(said.filter(Boolean));
  });

  it("goes on without a member who leaves", async () => {
    await bob.press("About this chat");
    await bob.press("Leave group");
    await bob.confirm("Leave group");
    await bob.closeSide();
    await bob.sees("You have left this conversation.");
    await ada.sees(/Bob.* left/u);
    await ada.say("All alone.");
    await ada.sent("All alone.", "Sent");
    await expect
      .poll(() => bob.texts(), { timeout: PATIENCE })
      .toEqual(said.filter(Boolean));
    await ada.leave();
    await bob.leave();
  });

  /** Pictures of both windows at the sizes that windows have. */
  async function photograph(name: string): Promise<void> {
    for (const [one, width, height] of [
      [ada, 1280, 800],
      [bob, 390, 844],
    ] as const) {
      await one.page.setViewportSize({ width, height });
      await shot(one.page, `${name}-${width}`);
      await one.page.setViewportSize({ width, height: TALL });
    }
  }
});

function plain(printed: unknown): string {
  return JSON.stringify(printed);
}

/** Wait until it has been heard for a while. */
async function plays(audio: Locator): Promise<void> {
  await audio.evaluate(
    (element: HTMLAudioElement) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (element.currentTime > 0.3) resolve();
        };
        element.addEventListener("timeupdate", look);
        element.addEventListener("ended", () => {
          resolve();
        });
        look();
      }),
  );
}
