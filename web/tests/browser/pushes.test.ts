/** The service worker of a real Chromium is woken, and what it shows says nothing. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import type { CDPSession, Locator, Worker } from "playwright-core";
import { expect, it } from "vitest";

import { PYTHON } from "../kit/relay.ts";
import { PATIENCE, shot, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

const COUNT = `
import apsw, sys
print(apsw.Connection(sys.argv[1]).execute("SELECT count(*) FROM watches").get)
`;

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly data: unknown;
}

/** What runs in the service worker is seen so by the compiler. */
declare const registration: ServiceWorkerRegistration;
declare const self: { pushed?: Promise<unknown> };

function shown(worker: Worker): Promise<Shown[]> {
  return worker.evaluate(async () =>
    (await registration.getNotifications()).map(({ title, body, data }) => ({
      title,
      body,
      data: data as unknown,
    })),
  );
}

/** The service worker of a page, and how to push to it. */
class Woken {
  readonly worker: Worker;
  readonly #session: CDPSession;
  readonly #origin: string;
  readonly #registration: string;

  private constructor(
    worker: Worker,
    session: CDPSession,
    origin: string,
    registration: string,
  ) {
    this.worker = worker;
    this.#session = session;
    this.#origin = origin;
    this.#registration = registration;
  }

  static async of(person: Person, url: string): Promise<Woken> {
    const { context } = person.profile;
    const [worker] = context.serviceWorkers();
    if (!worker) throw new Error("There is no service worker.");
    const session = await context.newCDPSession(await context.newPage());
    const known = new Promise<string>((resolve) => {
      session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const one = registrations.find(({ scopeURL }) => url.startsWith(scopeURL));
        if (one) resolve(one.registrationId);
      });
    });
    await session.send("ServiceWorker.enable");
    return new Woken(worker, session, new URL(url).origin, await known);
  }

  /** Push, and wait until the worker has done what it does about it. */
  async push(data = ""): Promise<void> {
    await this.worker.evaluate(() => {
      const { prototype } = ExtendableEvent;
      const before = Object.getOwnPropertyDescriptor(prototype, "waitUntil");
      const given = before?.value as (task: Promise<unknown>) => void;
      self.pushed = new Promise((resolve) => {
        prototype.waitUntil = function (this: ExtendableEvent, task: Promise<unknown>) {
          prototype.waitUntil = given;
          given.call(this, task);
          resolve(task);
        };
      });
    });
    const registrationId = this.#registration;
    const message = { origin: this.#origin, registrationId, data };
    await this.#session.send("ServiceWorker.deliverPushMessage", message);
    await this.worker.evaluate(() => self.pushed);
  }
}

storyInChromium("a browser that is woken, in Chromium", () => {
  const stage = Stage.set();

  async function watches(): Promise<number> {
    const words = ["-c", COUNT, join(stage.relay.data, "relay.db")];
    return Number((await promisify(execFile)(PYTHON, words)).stdout);
  }

  it("shows one notification without content, and none to who looks", async () => {
    const ada = await Person.installed(stage.browser, "Ada", stage.relay.url);
    await ada.profile.context.grantPermissions(["notifications"]);
    const woken = await Woken.of(ada, stage.relay.url);

    await woken.push();
    expect(await shown(woken.worker)).toEqual([]);

    await ada.page.goto("about:blank");
    await woken.push();
    await woken.push("Ada loves Bob");
    expect(await shown(woken.worker)).toEqual([
      { title: "Linnet", body: "Something new has come", data: null },
    ]);

    await ada.page.goto(stage.relay.url);
    await ada.button("Settings").waitFor();
    await expect.poll(() => shown(woken.worker), { timeout: PATIENCE }).toEqual([]);
    await ada.leave();
  });

  /** The switch of the settings that lets the relay wake this browser. */
  async function wakingSwitch(person: Person): Promise<Locator> {
    await person.profile.context.grantPermissions(["notifications"]);
    await person.press("Settings");
    await person.press(/^Privacy/u);
    await person.page.getByRole("switch", { name: /^Notifications/u }).click();
    return person.page.getByRole("switch", { name: /page is closed/u });
  }

  /** Wait until a switch stands so: the relay is told before the page shows it. */
  async function isOn(which: Locator, on: boolean): Promise<void> {
    const checked = () => which.getAttribute("aria-checked");
    await expect.poll(checked, { timeout: PATIENCE }).toBe(String(on));
  }

  it("says so where the maker's service cannot be reached", async () => {
    const ada = await Person.begin(stage.browser, "Ada", stage.relay.url);
    // Chromium has no such service, and says so of the profiles that tests have.
    ada.profile.allow(/Push API in incognito/u);
    const waking = await wakingSwitch(ada);
    await waking.click();
    await ada.sees(/cannot reach the service/u);
    await shot(ada.page, "waking");
    await isOn(waking, false);
    expect(await watches()).toBe(0);
    await ada.leave();
  });

  it("lets the relay know, and calls it off again", async () => {
    const ada = await Person.visit(stage.browser, "Ada", stage.relay.url);
    // No maker's service is here: its part alone is played.
    await ada.profile.context.addInitScript(() => {
      let kept: PushSubscription | null = null;
      PushManager.prototype.getSubscription = () => Promise.resolve(kept);
      PushManager.prototype.subscribe = (how) => {
        const { buffer } = how?.applicationServerKey as Uint8Array;
        kept = {
          endpoint: "https://push.example.org/send/one",
          options: { applicationServerKey: buffer, userVisibleOnly: true },
          unsubscribe() {
            kept = null;
            return Promise.resolve(true);
          },
        } as PushSubscription;
        return Promise.resolve(kept);
      };
    });
    await ada.page.reload();
    await ada.begin();
    const waking = await wakingSwitch(ada);

    await waking.click();
    await expect.poll(watches, { timeout: PATIENCE }).toBe(1);
    await isOn(waking, true);
    const words = () =>
      ada.page.evaluate(async () =>
        (await caches.match("words", { cacheName: "words" }))?.text(),
      );
    await expect.poll(words, { timeout: PATIENCE }).toBe("Something new has come");

    await waking.click();
    await expect.poll(watches, { timeout: PATIENCE }).toBe(0);
    await isOn(waking, false);
    const hasWords = () => ada.page.evaluate(() => caches.has("words"));
    await expect.poll(hasWords, { timeout: PATIENCE }).toBe(false);
    await ada.leave();
  });
});
