/** People with clients of their own, in one process, who meet over a real relay. */

import { plain } from "../../src/sentences/index.ts";
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";

import { Budget } from "../../src/carriers/budget.ts";
import { Line } from "../../src/carriers/line.ts";
import { dial } from "../../src/carriers/dial.ts";
import { waysTo } from "../../src/carriers/ways.ts";
import type { Carriers } from "../../src/client/sync/hub.ts";
import { Client } from "../../src/client/account.ts";
import type { Event } from "../../src/client/events.ts";
import type { Habitat } from "../../src/client/opening.ts";
import { entropy } from "../../src/client/store/database.ts";
import type {
  AccountId,
  Conversation,
  ConversationId,
  Message,
} from "../../src/client/values.ts";
import { type PassLink, writePassLink } from "../../src/wire/links.ts";

/** Milliseconds after which something that must happen has not happened. */
const PATIENCE = 40_000;

Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange });
let disks = 0;

const carriers: Carriers = {
  ways: (relay, roads) => waysTo(relay, { isSecure: false, home: null }, roads),
  budget: new Budget(),
  dial,
};

/** Where a client lives: a database of its own, and the machine's network. */
export function habitat(disk: string): Habitat {
  return {
    around: {
      now: () => Date.now(),
      entropy,
      carriers,
      lineTo: (relay, pass, changed, roads) =>
        new Line({
          ...carriers,
          relay,
          pass,
          ways: () => carriers.ways(relay, roads?.() ?? []),
          changed,
        }),
    },
    disk,
    room: () => Promise.resolve({ used: 0, room: 0 }),
    homeRelay: () => Promise.resolve(null),
    deviceName: "Browser",
  };
}

/** Somebody with a browser. */
export class Person {
  readonly name: string;
  readonly disk: string;
  readonly events: Event[] = [];
  client: Client;
  readonly #watchers = new Set<() => void>();

  private constructor(name: string, disk: string) {
    this.name = name;
    this.disk = disk;
    this.client = this.#client();
  }

  /** Somebody who makes an account at a relay. */
  static async begin(name: string, pass: PassLink): Promise<Person> {
    const person = new Person(name, `linnet ${(disks += 1)}`);
    await person.client.create({ name, pass: writePassLink(pass), passphrase: "" });
    await person.client.settle(PATIENCE);
    return person;
  }

  /** Come to the account of a person on another browser, by a link and a code. */
  static async link(owner: Person, deviceName: string): Promise<Person> {
    const person = new Person(owner.name, `linnet ${(disks += 1)}`);
    const from = owner.events.length;
    const link = await owner.client.link();
    const joined = person.client.joinAccount(link, deviceName, "");
    const code = (): string | undefined =>
      owner.events.slice(from).find((one) => one.type === "link code")?.code;
    await owner.sees("a code", () => Promise.resolve(code()));
    await owner.client.confirmLink(code() ?? "");
    await joined;
    return person;
  }

  /** Come to the account of a terminal; resolves when the command there has ended. */
  static async join(
    name: string,
    link: string,
    deviceName: string,
    confirm: (code: string) => Promise<void>,
  ): Promise<Person> {
    const person = new Person(name, `linnet ${(disks += 1)}`);
    const joined = person.client.joinAccount(link, deviceName, "");
    const code = (): string | undefined =>
      person.events.find((one) => one.type === "link code")?.code;
    await person.sees("a code", () => Promise.resolve(code()));
    await Promise.all([confirm(code() ?? ""), joined]);
    return person;
  }

  /** Come back from a backup, in a new browser. */
  static async restore(name: string, file: Blob, phrase: string): Promise<Person> {
    const person = new Person(name, `linnet ${(disks += 1)}`);
    await person.client.restore(file, phrase, "");
    return person;
  }

  /** The tab dies: nothing is said or stored any more, and nothing is tidied up. */
  kill(): void {
    this.client.close();
  }

  /** Open a new tab on what is stored. */
  async comeBack(): Promise<void> {
    this.client = this.#client();
    await this.client.standing();
  }

  /** Wait until something is so; looks again whenever anything happens. */
  async sees(what: string, isSo: () => Promise<unknown>): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (!(await isSo())) {
      if (Date.now() > end)
        throw new Error(`${this.name} never saw ${what}: ${await this.#state()}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#watchers.delete(done);
          resolve();
        };
        // What is asked may change without an event; so it is looked at now and then.
        const timer = setTimeout(done, 500);
        this.#watchers.add(done);
      });
    }
  }

  /** The account of a contact. */
  async account(name: string): Promise<AccountId> {
    const found = (await this.client.contacts()).find((one) => one.name === name);
    if (!found) throw new Error(`${this.name} has no contact ${name}`);
    return found.account;
  }

  /** The conversation with somebody, or the group of a title. */
  async chat(title: string): Promise<Conversation> {
    const all = await this.client.conversations();
    const found = all.find((one) => one.title === title);
    if (!found) throw new Error(`${this.name} has no conversation ${title}`);
    return found;
  }

  /** Whether there is such a conversation, in a state. */
  async has(title: string, state = "active"): Promise<boolean> {
    const all = await this.client.conversations();
    return all.some((one) => one.title === title && one.state === state);
  }

  /** All that is shown of a conversation. */
  async messages(title: string): Promise<readonly Message[]> {
    const { id } = await this.chat(title);
    return (await this.client.history(id, {}, 1000)).messages;
  }

  /** What people wrote there, without what merely happened. */
  async texts(title: string): Promise<readonly string[]> {
    const all = await this.messages(title);
    return all.filter((one) => !one.notice).map((one) => one.text);
  }

  /** What happened there, as words. */
  async notices(title: string): Promise<readonly string[]> {
    const all = await this.messages(title);
    return all.flatMap((one) => (one.notice ? [one.notice.kind] : []));
  }

  /** The message of a text. */
  async message(title: string, text: string): Promise<Message> {
    const found = (await this.messages(title)).find((one) => one.text === text);
    if (!found) throw new Error(`${this.name} has no message ${text}`);
    return found;
  }

  /** Write something. */
  async say(title: string, text: string): Promise<Message> {
    return this.client.send((await this.chat(title)).id, text, {});
  }

  /** Wait until these texts, and no others, stand in a conversation in this order. */
  async hears(title: string, ...texts: readonly string[]): Promise<void> {
    await this.sees(texts.join(", "), async () => {
      if (!(await this.has(title))) return false;
      return JSON.stringify(await this.texts(title)) === JSON.stringify(texts);
    });
  }

  /** Accept the request of somebody. */
  async accept(name: string): Promise<void> {
    const find = async (): Promise<ConversationId | undefined> =>
      (await this.client.requests()).find((one) => one.sender.name === name)
        ?.conversation;
    await this.sees(`a request of ${name}`, find);
    const found = await find();
    if (found) await this.client.accept(found);
  }

  #client(): Client {
    const client = new Client(habitat(this.disk));
    client.listen((event) => {
      this.events.push(event);
      for (const watcher of [...this.#watchers]) watcher();
    });
    return client;
  }

  async #state(): Promise<string> {
    const chats = await this.client.conversations();
    const { relays } = await this.client.status();
    const texts = await Promise.all(
      chats.map(async ({ id, title, state }) => {
        const { messages } = await this.client.history(id, {}, 50);
        const shown = messages.map((one) => one.notice?.kind ?? one.text);
        return `${title} (${state}): ${shown.join(" | ")}`;
      }),
    );
    return [
      ...texts,
      ...relays.flatMap(({ why, trouble }) => [...why, ...trouble].map(plain)),
    ].join("\n");
  }
}

/** Let one ask the other, and the other accept. */
export async function befriend(one: Person, other: Person): Promise<void> {
  await one.client.add(await other.client.invite(), "Hello!");
  await other.accept(one.name);
  await one.sees("that they accepted", async () =>
    (await one.client.contacts()).some(
      ({ name, state }) => name === other.name && state === "accepted",
    ),
  );
}
