import { expect, it } from "vitest";

import { parsePassLink } from "../../src/wire/links.ts";
import { Terminal } from "../stories/terminal.ts";
import { PATIENCE, shot, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

storyInChromium("an account on several devices", () => {
  const stage = Stage.set();
  let ada: Person;
  let bob: Person;
  let tablet: Person;

  it("links a second browser with its history, and both send and receive", async () => {
    ada = await Person.begin(stage.browser, "Ada", stage.relay.url);
    bob = await Person.begin(stage.browser, "Bob", stage.relay.url);
    await bob.ask(await ada.invite());
    await ada.accept("Bob");
    await ada.say("From before.");
    await bob.hears("From before.");

    const link = await ada.linkDevice();
    await shot(ada.page, "link-shown");
    tablet = await Person.visit(stage.browser, "Ada", link);
    await tablet.joins("Tablet");
    await ada.sees(/“.*Tablet.*” wants to join/u);
    await expect
      .poll(() => tablet.code(), { timeout: PATIENCE })
      .toBe(await ada.code());
    await shot(tablet.page, "link-code");
    await ada.press("The codes are the same");
    await ada.sees("The device is linked.");
    await shot(ada.page, "link-done");

    await tablet.open("Bob");
    await tablet.shows("From before.");
    await bob.sees(/Ada.* uses a new device/u);
    await bob.say("Hello, both of you.");
    await ada.open("Bob");
    for (const one of [ada, tablet]) await one.hears("Hello, both of you.");
    await tablet.say("From the tablet.");
    for (const one of [ada, bob, tablet])
      await one.shows("From before.", "Hello, both of you.", "From the tablet.");
    await tablet.sent("From the tablet.", "Delivered");
  });

  it("lists its devices, and locks one out that is told and reads nothing new", async () => {
    await ada.home();
    await ada.press("Settings");
    await ada.press(/^Devices/u);
    await ada.sees("This device");
    await shot(ada.page, "devices");
    await ada.press(/^Remove .*Tablet/u);
    await ada.confirm("Remove device");
    await tablet.sees("This device was removed from your account.");
    await shot(tablet.page, "device-cut-off");
    await bob.sees(/A device of .*Ada.* was removed/u);
    await ada.button(/^Remove .*Tablet/u).waitFor({ state: "detached" });
    await bob.say("Not for the tablet.");
    await ada.hears("Not for the tablet.");
    await tablet.shows("From before.", "Hello, both of you.", "From the tablet.");
    await tablet.leave();
  });

  it("links a terminal to the account of a browser", async () => {
    const laptop = new Terminal("Ada");
    const link = await ada.linkDevice();
    const joined = laptop.join(`linnet:${link.split("linnet:")[1] ?? ""}`, "Laptop");
    await ada.sees(/“.*Laptop.*” wants to join/u);
    await ada.press("The codes are the same");
    await ada.sees("The device is linked.");
    await joined;
    const before = [
      "From before.",
      "Hello, both of you.",
      "From the tablet.",
      "Not for the tablet.",
    ];
    await laptop.hears("Bob", ...before);
    await bob.say("Hello, laptop.");
    await laptop.hears("Bob", ...before, "Hello, laptop.");
    await laptop.run("send", "Bob", "From the laptop.");
    await ada.open("Bob");
    for (const one of [ada, bob])
      await one.shows(...before, "Hello, laptop.", "From the laptop.");
    await ada
      .message("From the laptop.")
      .getByText(/Sent|Delivered|Read/u)
      .waitFor();

    await laptop.run("devices", "remove", "Chrome on Linux");
    await ada.sees("This device was removed from your account.");
    await bob.say("For the laptop alone.");
    const after = [...before, "Hello, laptop.", "From the laptop."];
    await laptop.hears("Bob", ...after, "For the laptop alone.");
    await ada.shows(...after);
    await ada.leave();
  });

  it("links a browser to the account of a terminal", async () => {
    const cleo = await new Terminal("Cleo").begin(
      parsePassLink(stage.relay.passLink()),
    );
    await bob.ask(await cleo.invite());
    await cleo.accept("Bob");
    await cleo.run("send", "Bob", "From the terminal.");
    await bob.hears("From the terminal.");

    const { link, confirm } = await cleo.link();
    const phone = await Person.visit(
      stage.browser,
      "Cleo",
      `${stage.relay.url}#${link}`,
    );
    await phone.joins("Phone");
    await phone.page.locator(".code").waitFor();
    await confirm(await phone.code());
    await phone.open("Bob");
    await phone.shows("From the terminal.");
    await phone.say("From the phone.");
    await cleo.hears("Bob", "From the terminal.", "From the phone.");
    await bob.say("Hello, both.");
    await cleo.hears("Bob", "From the terminal.", "From the phone.", "Hello, both.");
    for (const one of [bob, phone])
      await one.shows("From the terminal.", "From the phone.", "Hello, both.");

    await phone.home();
    await phone.press("Settings");
    await phone.press(/^Devices/u);
    await phone.press(/^Remove .*Terminal/u);
    await phone.confirm("Remove device");
    const isOut = (status: unknown): boolean =>
      (status as { readonly relays: readonly unknown[] }).relays.length === 0;
    await cleo.until(isOut, "status");
    await expect(cleo.run("send", "Bob", "Still there?")).rejects.toThrow(/removed/u);
    await phone.leave();
    await bob.leave();
  });
});
