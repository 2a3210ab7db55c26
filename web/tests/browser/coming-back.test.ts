import { beforeAll, expect, it } from "vitest";

import { storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

/** What a browser's console says of a relay that is not there. */
const NO_RELAY = /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|WebSocket/u;

storyInChromium("people whose tabs, roads and relays go and come back", () => {
  const stage = Stage.set();
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    ada = await Person.begin(stage.browser, "Ada", stage.relay.url);
    bob = await Person.visit(stage.browser, "Bob", await ada.invite());
    for (const person of [ada, bob]) person.profile.allow(NO_RELAY);
    await bob.befriend(ada);
    await ada.say("We know each other.");
    await bob.hears("We know each other.");
  });

  it("keep what they write without a relay, and send it once when it is back", async () => {
    await stage.relay.stop("SIGKILL");
    await ada.say("Written while the relay was gone.");
    await ada.hears("Written while the relay was gone.");
    await stage.relay.run();
    await bob.hears("Written while the relay was gone.");
    await bob.say("It came.");
    await ada.hears("It came.");
    expect(await bob.message("Written while the relay was gone.").count()).toBe(1);
  });

  it("lose nothing when a tab is killed right after sending", async () => {
    await ada.say("Sent with the last breath of a tab.");
    await ada.hears("Sent with the last breath of a tab.");
    await ada.page.close();
    await ada.comeBack();
    await ada.open("Bob");
    await bob.hears("Sent with the last breath of a tab.");
    expect(await bob.message("Sent with the last breath").count()).toBe(1);
    await ada.hears("Sent with the last breath of a tab.");
    expect(await ada.message("Sent with the last breath").count()).toBe(1);
  });

  it("send twenty messages once and in order, though the tab is closed over them", async () => {
    const written = Array.from(
      { length: 20 },
      (_, at) => `Number ${at + 1} of twenty.`,
    );
    for (const text of written) await ada.say(text);
    await ada.hears("Number 20 of twenty.");
    await ada.page.close();
    await ada.comeBack();
    await bob.hears("Number 20 of twenty.");
    const numbered = (texts: readonly string[]) =>
      texts.filter((text) => text.startsWith("Number "));
    await expect.poll(async () => numbered(await bob.texts())).toEqual(written);
    await ada.open("Bob");
    await ada.sent("Number 20 of twenty.", "Delivered");
    await expect.poll(async () => numbered(await ada.texts())).toEqual(written);
  });

  it("use two tabs as one, and go on in the second when the first is closed", async () => {
    const first = ada.page;
    const second = await ada.tab();
    ada.page = second;
    await ada.open("Bob");
    await ada.say("From the second tab.");
    await bob.hears("From the second tab.");
    ada.page = first;
    await ada.hears("From the second tab.");
    await first.close();
    ada.page = second;
    await ada.say("The first tab is closed.");
    await bob.hears("The first tab is closed.");
    await bob.say("I still hear you.");
    await ada.hears("I still hear you.");
    expect(await bob.message("The first tab is closed.").count()).toBe(1);
  });

  it("send once what was written while the leading tab was closed", async () => {
    const leading = ada.page;
    ada.page = await ada.tab();
    await ada.open("Bob");
    const written = [1, 2, 3, 4, 5].map((at) => `Asked of a dying tab, ${at}.`);
    let closing: Promise<void> | null = null;
    for (const text of written) {
      await ada.composer().fill(text);
      if (text === written[2]) closing = leading.close();
      await ada.composer().press("Enter");
    }
    await closing;
    await bob.hears("Asked of a dying tab, 5.");
    const asked = (texts: readonly string[]) =>
      texts.filter((text) => text.startsWith("Asked "));
    for (const one of [ada, bob])
      await expect.poll(async () => asked(await one.texts())).toEqual(written);
  });

  it("read what was said without any network, from the page that was kept", async () => {
    await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await ada.profile.context.setOffline(true);
    await stage.relay.stop();
    await ada.page.reload();
    await ada.open("Bob");
    await ada.hears("I still hear you.");
    await ada.say("Written without any network.");
    await ada.hears("Written without any network.");
    await stage.relay.run();
    await ada.profile.context.setOffline(false);
    await bob.hears("Written without any network.");
    await bob.say("Welcome back.");
    await ada.hears("Welcome back.");
    expect(await bob.message("Written without any network.").count()).toBe(1);
  });

  it("did nothing that a page must not do", async () => {
    await ada.leave();
    await bob.leave();
  });
});
