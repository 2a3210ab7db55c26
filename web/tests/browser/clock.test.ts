import { expect, it } from "vitest";

import { storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

const DAY = 86_400_000;

storyInChromium(
  "two people whose clocks are days off, one ahead and one behind",
  () => {
    const ahead = { ahead: 2 * DAY };
    const behind = { ahead: -2 * DAY };
    const stage = Stage.set();
    let ada: Person;
    let bob: Person;

    it("are told so, and talk all the same", async () => {
      ada = await Person.begin(stage.browser, "Ada", stage.relay.url, { clock: ahead });
      await ada.sees(/clock is off by .?2 days/u);
      bob = await Person.visit(stage.browser, "Bob", await ada.invite(), {
        clock: behind,
      });
      await bob.befriend(ada);
      await ada.say("What day is it?");
      await bob.hears("What day is it?");
      await bob.say("Not the same as yours.");
      await ada.hears("Not the same as yours.");
      await bob.home();
      await bob.sees(/clock is off by .?2 days/u);
    });

    it("keep messages that disappear as long as was said, by either clock", async () => {
      await ada.press("About this chat");
      await ada.page.getByLabel("5 minutes").check();
      await bob.sees(/set messages to disappear after .?5 minutes/u);
      await ada.say("This goes in five minutes.");
      await bob.open("Ada");
      await bob.hears("This goes in five minutes.");
      await ada.sent("This goes in five minutes.", "Read");
      for (const person of [ada, bob]) {
        await person.page.reload();
        await person.open(person === ada ? "Bob" : "Ada");
        await person.hears("This goes in five minutes.");
      }
      ahead.ahead += 6 * 60_000;
      behind.ahead += 6 * 60_000;
      for (const person of [ada, bob]) {
        await person.page.reload();
        await person.open(person === ada ? "Bob" : "Ada");
        await person.hears("What day is it?");
        await person
          .message("This goes in five minutes.")
          .waitFor({ state: "detached" });
      }
    });

    it("are told nothing any more once the clock is right", async () => {
      ahead.ahead = 0;
      await ada.page.reload();
      await ada.home();
      await ada.press("Settings");
      await ada.sees("Connected");
      await ada.home();
      expect(await ada.page.getByText(/clock is off/u).count()).toBe(0);
      await ada.leave();
      await bob.leave();
    });
  },
);
