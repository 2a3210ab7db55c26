import { it } from "vitest";

import { shot, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

storyInChromium("two people who have never heard of Linnet, in Chromium", () => {
  const stage = Stage.set();

  it("talk both ways, and say how long it took from opening the page", async () => {
    const began = Date.now();
    const ada = await Person.visit(stage.browser, "Ada", stage.relay.url);
    await shot(ada.page, "01-welcome");
    await ada.begin();
    await shot(ada.page, "02-empty");
    const link = await ada.invite();
    await shot(ada.page, "03-invite");

    const bob = await Person.visit(stage.browser, "Bob", link);
    await bob.sees("Somebody invited you to talk");
    await shot(bob.page, "04-invited");
    await bob.begin();
    await shot(bob.page, "05-add");
    await bob.press("Ask to talk");
    await bob.composer("Ada").waitFor();
    await bob.sees("You have asked.");

    // Whoever shows an invite sees there who answers it.
    await ada.press("Accept");
    await ada.composer("Bob").waitFor();
    await ada.say("Hello Bob, this is Ada.");
    await bob.hears("Hello Bob, this is Ada.");
    await bob.say("Hello Ada! It works.");
    await ada.hears("Hello Ada! It works.");
    await bob.page.getByText("You have asked.").waitFor({ state: "hidden" });
    const seconds = (Date.now() - began) / 1000;
    await bob.sent("Hello Ada! It works.", "Delivered");
    await shot(ada.page, "06-talk-ada");
    await shot(bob.page, "07-talk-bob");

    console.log(`From the first visit to an answer: ${seconds.toFixed(1)} s`);
    await ada.leave();
    await bob.leave();
  });
});
