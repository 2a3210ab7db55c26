import { expect, it } from "vitest";

import { PATIENCE, shot, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

/** A backup as it is kept: the file, and the phrase on paper. */
interface Kept {
  readonly file: Buffer;
  readonly phrase: string;
}

storyInChromium("a device that is lost, and its backup", () => {
  const stage = Stage.set();
  let ada: Person;
  let bob: Person;
  let kept: Kept;
  let ofBob: Kept;

  async function backUp(one: Person): Promise<Kept> {
    await one.home();
    await one.press("Settings");
    await one.press(/^Backup/u);
    await one.press("Make a backup");
    const phrase = await one.page.locator(".phrase").innerText();
    await shot(one.page, "backup-made");
    const file = await one.save(() => one.press(/^Save the file/u));
    return { file, phrase };
  }
  async function restore(one: Person, { file, phrase }: Kept): Promise<void> {
    const chosen = { name: "linnet.backup", mimeType: "", buffer: file };
    await one.page.locator("input[type=file]").setInputFiles(chosen);
    await one.page.getByLabel("Recovery phrase").fill(phrase);
    await one.press("Restore");
  }

  it("is made in the browser, file and phrase", async () => {
    ada = await Person.begin(stage.browser, "Ada", stage.relay.url);
    bob = await Person.begin(stage.browser, "Bob", stage.relay.url);
    await bob.ask(await ada.invite());
    await ada.accept("Bob");
    await ada.say("Before the backup.");
    await bob.hears("Before the backup.");
    await bob.say("An answer.");
    await ada.hears("An answer.");
    await ada.beginGroup("Choir", "Bob");
    await ada.say("Sing with us.");
    await bob.open("Choir");
    await bob.hears("Sing with us.");
    kept = await backUp(ada);
    ofBob = await backUp(bob);
    expect(kept.phrase).toMatch(/^(?:[0-9A-Z]{4}-){7}[0-9A-Z]{4}$/u);
    expect(kept.file.includes("An answer.")).toBe(false);
    await ada.leave();
    await bob.open("Ada");
    await bob.say("Where are you?");
    await bob.sent("Where are you?", "Sent");
  });

  it("refuses a wrong phrase and a damaged file in plain words, and goes on from there", async () => {
    ada = await Person.visit(stage.browser, "Ada", stage.relay.url);
    await ada.press("Restore from a backup");
    const { file, phrase } = kept;
    const slip = phrase.replace(/.$/u, (last) => (last === "0" ? "1" : "0"));
    await restore(ada, { file, phrase: slip });
    await ada.sees("The recovery phrase has a slip in it; compare it again.");
    await restore(ada, { file, phrase: ofBob.phrase });
    await ada.sees("The recovery phrase is not that of this backup.");
    await shot(ada.page, "restore-wrong");
    await restore(ada, { file: file.subarray(0, -1), phrase });
    await ada.sees("This backup is damaged; nothing was restored.");
    const changed = Buffer.from(file);
    changed[changed.length >> 1]! ^= 1;
    await restore(ada, { file: changed, phrase });
    await ada.sees("This backup is damaged; nothing was restored.");
    await restore(ada, { file: Buffer.from("a shopping list"), phrase });
    await ada.sees("This file is no backup of Linnet.");
  });

  it("brings contacts and history back, and the talk goes on without loss", async () => {
    await restore(ada, kept);
    await ada.button("Settings").waitFor();
    await ada.open("Bob");
    await ada.hears("Where are you?");
    await ada.say("Here, on a new laptop.");
    await bob.hears("Here, on a new laptop.");
    await bob.say("Welcome back.");
    for (const one of [ada, bob])
      await one.shows(
        "Before the backup.",
        "An answer.",
        "Where are you?",
        "Here, on a new laptop.",
        "Welcome back.",
      );
    for (const one of [ada, bob]) await one.open("Choir");
    await bob.say("A song for Ada.");
    await ada.say("And one for Bob.");
    for (const one of [ada, bob])
      await expect
        .poll(async () => [...(await one.texts())].sort(), { timeout: PATIENCE })
        .toEqual(["A song for Ada.", "And one for Bob.", "Sing with us."]);
    // Each shows its own at once, and the relay's order when that has come.
    const isAlike = async () => String(await ada.texts()) === String(await bob.texts());
    await expect.poll(isAlike, { timeout: PATIENCE }).toBe(true);
    await shot(ada.page, "restored");
    await ada.leave();
    await bob.leave();
  });
});
