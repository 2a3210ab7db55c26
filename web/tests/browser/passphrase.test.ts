import { beforeAll, expect, it } from "vitest";

import { storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";
import { Stage } from "./stage.ts";

const PASSPHRASE = "nine quiet owls";
const SECRET = "The key is under the third flowerpot.";

/** Everything that lies in the origin's databases, as the bytes that are there. */
async function everyRow(person: Person): Promise<string> {
  return person.page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(new Error("unread"));
        };
      });
    const text = (value: unknown): string =>
      value instanceof Uint8Array
        ? new TextDecoder("latin1").decode(value)
        : typeof value === "object" && value !== null
          ? Object.values(value).map(text).join(" ")
          : String(value);
    const found: string[] = [];
    for (const { name = "" } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      const tables = [...database.objectStoreNames];
      const reading = database.transaction(tables);
      for (const table of tables)
        found.push(text(await done(reading.objectStore(table).getAll())));
      database.close();
    }
    return found.join(" ");
  });
}

storyInChromium("somebody with a passphrase", () => {
  const stage = Stage.set();
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    ada = await Person.begin(stage.browser, "Ada", stage.relay.url);
    bob = await Person.visit(stage.browser, "Bob", await ada.invite());
    await bob.befriend(ada);
    await ada.say(SECRET);
    await bob.hears(SECRET);
  });

  async function unlock(passphrase: string): Promise<void> {
    await ada.page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
    await ada.press("Unlock");
  }

  it("sets it, and lets nobody in who has another", async () => {
    await ada.setting(/^Passphrase/u);
    await ada.page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await ada.page.getByLabel("The same again").fill(PASSPHRASE);
    await ada.press("Set passphrase");
    await ada.sees("The passphrase is set.");
    await ada.page.reload();
    await unlock("nine loud owls");
    await ada.sees("The passphrase is wrong; nothing was changed.");
    expect(await ada.page.getByText(SECRET).count()).toBe(0);
  });

  it("leaves no word of a message in the browser's storage", async () => {
    const rows = await everyRow(ada);
    expect(rows.length).toBeGreaterThan(1000);
    for (const word of ["flowerpot", PASSPHRASE, "Bob", "Ada"])
      expect(rows.includes(word)).toBe(false);
  });

  it("opens it with the right one, to what came meanwhile", async () => {
    await bob.say("Are you there?");
    await unlock(PASSPHRASE);
    await ada.open("Bob");
    await ada.hears(SECRET);
    await ada.hears("Are you there?");
  });

  it("locks every tab at once, and opens every tab at once", async () => {
    const first = ada.page;
    ada.page = await ada.tab();
    await ada.setting("Lock now");
    for (const page of [first, ada.page])
      await page.getByRole("heading", { name: "Locked" }).waitFor();
    await unlock(PASSPHRASE);
    for (const page of [first, ada.page])
      await page
        .getByRole("heading", { name: "Locked" })
        .waitFor({ state: "detached" });
    await first.close();
    // The keys went with the tab that led.
    await ada.page.getByRole("heading", { name: "Locked" }).waitFor();
    await unlock(PASSPHRASE);
    await ada.open("Bob");
    await ada.say("Locked in, locked out.");
    await bob.hears("Locked in, locked out.");
  });

  it("removes it, and is not asked again", async () => {
    await ada.setting(/^Passphrase/u);
    await ada.press("Remove passphrase");
    await ada.sees("The passphrase was removed.");
    await ada.page.reload();
    await ada.open("Bob");
    await ada.hears(SECRET);
    await ada.leave();
    await bob.leave();
  });
});
