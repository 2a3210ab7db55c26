/** People with a client each, in browsers' databases of their own, at a real relay. */
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";

import { Budget } from "../../../src/carriers/budget.ts";
import { Line } from "../../../src/carriers/line.ts";
import { waysTo } from "../../../src/carriers/ways.ts";
import { dialWebSocket } from "../../../src/carriers/websocket.ts";
import { Client } from "../../../src/client/account.ts";
import type { Event } from "../../../src/client/events.ts";
import type { Habitat } from "../../../src/client/opening.ts";
import type { Carriers } from "../../../src/client/sync/hub.ts";
import type { Conversation, ConversationId } from "../../../src/client/values.ts";
import { writePassLink } from "../../../src/wire/links.ts";
import { RelayProcess } from "../../carriers/relay_process.ts";

/** People meet within half a minute even where the first try came too early. */
export const HOOK_MS = 120_000;

/** Forget every database there is. */
export function freshDisks(): void {
  Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange });
}

const carriers: Carriers = {
  ways: (relay, roads) =>
    waysTo(relay, { isSecure: false, home: null }, roads).filter(
      (way) => way.by === "websocket",
    ),
  budget: new Budget(),
  dial: dialWebSocket,
};

/** What a client lives in here; `disk` is one browser. */
export function habitat(disk: string): Habitat {
  return {
    disk,
    deviceName: "Test browser",
    room: () => Promise.resolve({ used: 0, room: 0 }),
    homeRelay: () => Promise.resolve(null),
    around: {
      now: () => Date.now(),
      entropy: (length) => crypto.getRandomValues(new Uint8Array(length)),
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
  };
}

/** A client whose events are kept, so that a test can wait for what comes. */
export class Person {
  readonly client: Client;
  readonly told: Event[] = [];
  #wakes: (() => void)[] = [];

  constructor(disk: string) {
    this.client = new Client(habitat(disk));
    this.client.listen((event) => {
      this.told.push(event);
      const wakes = this.#wakes;
      this.#wakes = [];
      for (const wake of wakes) wake();
    });
  }

  /** Wait until something holds; asked again after every event. */
  async until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
    for (;;) {
      const told = this.told.length;
      const found = await look();
      if (found) return found;
      if (this.told.length === told)
        await new Promise<void>((resolve) => this.#wakes.push(resolve));
    }
  }

  /** The texts of a conversation, the oldest first. */
  async texts(id: ConversationId): Promise<string[]> {
    const page = await this.client.history(id, {}, 100);
    return page.messages.filter((one) => !one.notice).map((one) => one.text);
  }

  /** Wait until a conversation's newest text is this one. */
  async hears(id: ConversationId, text: string): Promise<void> {
    await this.until(async () => (await this.texts(id)).includes(text));
  }
}

/** A relay and the people at it. */
export class Town {
  readonly relay = new RelayProcess("--plain-tcp", "no");
  readonly people: Person[] = [];
  #disks = 0;

  static async begin(): Promise<Town> {
    freshDisks();
    const town = new Town();
    await town.relay.start();
    return town;
  }

  /** Make somebody with an account. */
  async person(name: string, passphrase = ""): Promise<Person> {
    const person = this.nobody();
    const pass = writePassLink(await this.relay.pass());
    await person.client.create({ name, pass, passphrase });
    return person;
  }

  /** A browser without an account, or one that was used before. */
  nobody(disk = `disk ${++this.#disks}`): Person {
    const person = new Person(disk);
    this.people.push(person);
    return person;
  }

  async end(): Promise<void> {
    for (const { client } of this.people) client.close();
    await this.relay.end();
  }
}

/** Let two people meet; return the conversation, the same for both. */
export async function meet(one: Person, other: Person): Promise<Conversation> {
  const link = await other.client.invite();
  const begun = await one.client.add(link, "hello");
  const [request] = await other.until(async () => {
    const requests = await other.client.requests();
    return requests.length > 0 && requests;
  });
  if (!request) throw new Error("no request");
  await other.client.accept(request.conversation);
  await one.until(async () =>
    (await one.client.contacts()).find((contact) => contact.state === "accepted"),
  );
  return begun;
}
