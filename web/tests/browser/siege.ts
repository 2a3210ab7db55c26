/** Vera at a browser, her friend Bob, and Mallory, who talks to both and means no good. */

import type { Browser } from "playwright-core";

import type { ConversationId } from "../../src/client/values.ts";
import { Relay } from "../kit/relay.ts";
import { launch } from "./chromium.ts";
import { Enemy } from "./enemy.ts";
import { Person } from "./person.ts";

export const GROUP = "Walks";
const PHONE = { viewport: { width: 360, height: 740 } };

/** Where all of them are. */
export class Siege {
  readonly relay: Relay;
  readonly browser: Browser;
  #told: Promise<Told> | null = null;

  private constructor(relay: Relay, browser: Browser) {
    this.relay = relay;
    this.browser = browser;
  }

  static async lay(): Promise<Siege> {
    const relay = await Relay.start("--mode", "open");
    return new Siege(relay, await launch());
  }

  /** They meet when a test first asks for them, and stay. */
  parties(): Promise<Told> {
    return (this.#told ??= this.#meet());
  }

  async lift(): Promise<void> {
    const told = await this.#told?.catch(() => null);
    told?.mallory.close();
    told?.bob.close();
    await this.browser.close();
    await this.relay.remove();
  }

  async #meet(): Promise<Told> {
    const pass = this.relay.passLink();
    const [vera, mallory, bob] = await Promise.all([
      Person.begin(this.browser, "Vera", this.relay.url, PHONE),
      Enemy.begin("Mallory", pass),
      Enemy.begin("Bob", pass),
    ]);
    const link = await vera.shortInvite();
    for (const one of [mallory, bob]) {
      await one.add(link, "");
      await vera.accept((await one.profile()).name);
    }
    await mallory.add(await bob.invite(), "");
    const { conversation } = await bob.sees(
      "Mallory",
      async () => (await bob.requests())[0],
    );
    await bob.accept(conversation);
    const members = [await mallory.contact("Vera"), await mallory.contact("Bob")];
    const group = await mallory.newGroup(GROUP, members);
    await bob.chat(GROUP);
    await vera.open(GROUP);
    const direct = (await mallory.chat("Vera")).id;
    return { vera, mallory, bob, direct, group: group.id };
  }
}

/** Who they are, and Mallory's conversations: with Vera, and with both. */
export interface Told {
  readonly vera: Person;
  readonly mallory: Enemy;
  readonly bob: Enemy;
  readonly direct: ConversationId;
  readonly group: ConversationId;
}
