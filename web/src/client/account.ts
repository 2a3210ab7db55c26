/** The door to the account of this device: what every face calls, whatever state it is in. */

import { type Bytes, equal, hex } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import { ownDevice } from "./core/people.ts";
import { Talk } from "./chat.ts";
import type { Beginning, Door } from "./door.ts";
import type { Event, Standing } from "./events.ts";
import { atDoor } from "./faults.ts";
import * as inviting from "./inviting.ts";
import * as later from "./later.ts";
import type { Lending } from "./linking.ts";
import { type Habitat, Home, type Opened } from "./opening.ts";
import { statusOf } from "./standing.ts";
import { isCutOff } from "./sync/siblings.ts";
import { Teller } from "./sync/teller.ts";
import type * as values from "./values.ts";

/** One account, in a worker or a test. */
export class Client extends Talk implements Door {
  readonly #habitat: Habitat;
  readonly #home: Home;
  readonly #teller = new Teller();
  #opened: Opened | null = null;
  #lending: Lending | null = null;
  readonly #ending = new AbortController();
  #hasPassphrase = false;
  /** What begins and ends the account happens one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #looked: Promise<unknown> = Promise.resolve();

  constructor(habitat: Habitat) {
    super();
    this.#habitat = habitat;
    this.#home = new Home(habitat);
  }

  /** Close everything in good order; the account stays. */
  close(): void {
    this.#ending.abort();
    this.#shut();
    this.#home.close();
  }

  /** Wait until all is read and sent, or so many milliseconds are over; say which. */
  async settle(milliseconds: number): Promise<boolean> {
    return this.#open().hub.settle(milliseconds);
  }

  listen(listener: (event: Event) => void): () => void {
    return this.#teller.listen(listener);
  }

  // Beginning and ending

  standing(): Promise<Standing> {
    return this.#inTurn(async () => {
      if (this.#opened) return this.#inside(this.#opened);
      let state: "missing" | "open" | "locked";
      try {
        state = await this.#home.state();
        if (state === "open") this.#begin(await this.#home.unlock(""));
      } catch {
        return "unusable";
      }
      this.#hasPassphrase = state === "locked";
      if (state === "open") return this.#inside(this.#open());
      return state === "missing" ? "new" : state;
    });
  }

  create(beginning: Beginning): Promise<values.Profile> {
    return this.#inTurn(async () => {
      const name = beginning.name.trim();
      inviting.checkName(name);
      const { passphrase } = beginning;
      const { relay, token } = await this.#chosen(beginning.pass.trim());
      const opened = await this.#home.create(name, relay, token, passphrase);
      this.#begin(opened, passphrase);
      return this.#profile();
    });
  }

  unlock(passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#opened) return;
      this.#begin(await this.#home.unlock(passphrase), passphrase);
    });
  }

  lock(): Promise<void> {
    return this.#inTurn(() => {
      if (!this.#hasPassphrase) throw new UsageError("no passphrase");
      this.#shut();
      this.#tellStanding("locked");
      return Promise.resolve();
    });
  }

  setPassphrase(passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#home.setPassphrase(this.#open(), passphrase);
      this.#hasPassphrase = passphrase !== "";
      this.#teller.tell({ type: "profile changed", profile: this.#profile() });
    });
  }

  restore(backup: Blob, phrase: string, passphrase: string): Promise<values.Profile> {
    return this.#inTurn(async () => {
      const { openBackup } = await later.keeping();
      const kept = await openBackup(backup, phrase);
      const { deviceName, around } = this.#habitat;
      const as = { deviceName, device: around.entropy(8) };
      const opened = await this.#home.take(kept, passphrase, as);
      this.#begin(opened, passphrase);
      return this.#profile();
    });
  }

  backup(): Promise<{ file: Blob; phrase: string }> {
    return this.do(async ({ hub }) => {
      const { backup } = await later.keeping();
      return backup(hub.store, hub.entropy);
    });
  }

  erase(): Promise<void> {
    return this.#inTurn(async () => {
      this.#shut();
      await this.#home.erase();
      this.#hasPassphrase = false;
      this.#tellStanding("new");
    });
  }

  // The account

  profile(): Promise<values.Profile> {
    return this.do(() => Promise.resolve(this.#profile()));
  }

  rename(name: string): Promise<values.Profile> {
    return this.do(async ({ hub }) => {
      await (await later.owning()).rename(hub, name.trim());
      const profile = this.#profile();
      this.#teller.tell({ type: "profile changed", profile });
      return profile;
    });
  }

  preferences(): Promise<values.Preferences> {
    return this.do(({ hub }) => Promise.resolve(hub.store.profile.preferences));
  }

  setPreferences(changed: Partial<values.Preferences>): Promise<values.Preferences> {
    return this.do(async ({ hub }) =>
      (await later.owning()).setPreferences(hub, changed),
    );
  }

  status(): Promise<values.Status> {
    return this.do(({ hub }) => statusOf(hub, this.#habitat.room));
  }

  retryNow(): Promise<void> {
    return this.do(({ hub }) => {
      hub.hurry();
      for (const worker of [...hub.workers, ...hub.followers.values()]) worker.wake();
      return Promise.resolve();
    });
  }

  pushKey(): Promise<string> {
    return this.do(async ({ hub }) => (await later.owning()).pushKey(hub));
  }

  watch(endpoint: string, key: string): Promise<void> {
    return this.do(({ hub }) => {
      hub.watches.set(endpoint, key);
      for (const worker of [...hub.workers, ...hub.followers.values()]) worker.wake();
      return Promise.resolve();
    });
  }

  addRelay(pass: string): Promise<void> {
    return this.do(async ({ hub }) => (await later.owning()).addRelay(hub, pass));
  }

  roads(): Promise<readonly values.OwnRoad[]> {
    return this.do(async ({ hub }) => (await later.roads()).roads(hub.store));
  }

  addRoads(link: string): Promise<readonly values.OwnRoad[]> {
    return this.do(async ({ hub }) => (await later.roads()).addRoads(hub, link));
  }

  takeRoad(id: string): Promise<readonly values.OwnRoad[]> {
    return this.do(async ({ hub }) => (await later.roads()).takeRoad(hub, id));
  }

  removeRoad(id: string): Promise<readonly values.OwnRoad[]> {
    return this.do(async ({ hub }) => (await later.roads()).removeRoad(hub, id));
  }

  examine(): Promise<readonly values.Attempt[]> {
    return this.do(async ({ hub }) => (await later.examining()).examine(hub));
  }

  // Devices

  devices(): Promise<readonly values.Device[]> {
    return this.do(async ({ hub: { store } }) => {
      const rows = await store.db.read((tx) => store.devices.all(tx));
      const own = ownDevice(store.profile.credential);
      return rows.map(({ id, name, linkedAt }) => ({
        id: hex(id) as values.DeviceId,
        name,
        isThis: equal(id, own),
        linkedAt,
      }));
    });
  }

  link(): Promise<string> {
    return this.do(async ({ hub }) => {
      const { Lending: Link } = await later.linking();
      this.#lending?.cancel();
      const lending = new Link(hub);
      await lending.begin();
      this.#lending = lending;
      void lending.run().finally(() => {
        if (this.#lending === lending) this.#lending = null;
      });
      return lending.text;
    });
  }

  confirmLink(code: string): Promise<void> {
    return this.do(() => {
      if (!this.#lending) throw new UsageError("link none");
      this.#lending.confirm(code);
      return Promise.resolve();
    });
  }

  cancelLink(): Promise<void> {
    return this.do(() => {
      this.#lending?.cancel();
      return Promise.resolve();
    });
  }

  joinAccount(
    link: string,
    deviceName: string,
    passphrase: string,
  ): Promise<values.Profile> {
    return this.#inTurn(async () => {
      const name = deviceName.trim() || this.#habitat.deviceName;
      inviting.checkName(name);
      if ((await this.#home.state()) !== "missing")
        throw new UsageError("account here");
      const { takeOver } = await later.linking();
      const { entropy, lineTo } = this.#habitat.around;
      const as = { deviceName: name, device: entropy(8) };
      await takeOver(link, {
        ...as,
        entropy,
        signal: this.#ending.signal,
        lineTo: (relay) => lineTo(relay, null, () => undefined),
        tell: (event) => {
          this.#teller.tell(event);
        },
        keep: async (given) => {
          const kept = { ...given, places: [] };
          this.#begin(await this.#home.take(kept, passphrase, as), passphrase);
        },
      });
      return this.#profile();
    });
  }

  removeDevice(device: values.DeviceId): Promise<void> {
    return this.do(async ({ hub }) => {
      const { removeDevice } = await later.caring();
      return removeDevice(hub, device);
    });
  }

  // Inside

  async #chosen(
    pass: string,
  ): Promise<{ relay: RelayDescriptor; token: Bytes | null }> {
    if (pass !== "") return inviting.readPass(pass);
    const relay = await this.#habitat.homeRelay();
    if (relay) return { relay, token: null };
    throw new UsageError("pass needed");
  }

  protected do<T>(action: (opened: Opened) => Promise<T>): Promise<T> {
    return atDoor(async () => {
      // Whoever waits for the account goes in before those who came later.
      const looked = this.#looked.then(() => this.#look());
      this.#looked = looked;
      await looked;
      return action(this.#open());
    });
  }

  /** A tab that has just taken the lead is asked before anybody has looked what is here. */
  async #look(): Promise<void> {
    if (this.#opened || this.#ending.signal.aborted) return;
    await this.standing().catch(() => undefined);
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(action);
    this.#turn = done.catch(() => undefined);
    return atDoor(() => done);
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    throw new UsageError(this.#hasPassphrase ? "locked" : "no account");
  }

  #begin(opened: Opened, passphrase = ""): void {
    this.#opened = opened;
    this.#hasPassphrase = passphrase !== "";
    opened.hub.teller.listen((event) => {
      this.#teller.tell(event);
    });
    opened.hub.start();
    // Where its relay is out of reach, it is tried when this is opened again.
    void forgetLink(opened).catch(() => undefined);
    this.#tellStanding("open");
  }

  async #inside({ hub: { store } }: Opened): Promise<Standing> {
    return (await store.db.read((tx) => isCutOff(tx, store))) ? "cut off" : "open";
  }

  #shut(): void {
    this.#lending?.cancel();
    this.#opened?.hub.close();
    this.#opened = null;
  }

  #profile(): values.Profile {
    return inviting.profileOf(this.#open().hub.store, this.#hasPassphrase);
  }

  #tellStanding(standing: Standing): void {
    this.#teller.tell({ type: "standing changed", standing });
  }
}

/** Destroy the meeting place of a link that was left behind, if there is one. */
async function forgetLink({ hub }: Opened): Promise<void> {
  const { db, account } = hub.store;
  if ((await db.read((tx) => account.lentLink(tx))) === null) return;
  const { forgetLink: forget } = await later.linking();
  await forget(hub);
}
