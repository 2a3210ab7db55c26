/** Opens, makes, locks and erases the account of this device: one at a time. */

import type { Bytes } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import { assemble } from "./assemble.ts";
import { newAccount } from "./core/identity.ts";
import { ownDevice } from "./core/people.ts";
import { newDevice } from "./device.ts";
import type { Kept } from "./keeping.ts";
import { taking } from "./later.ts";
import type { Room } from "./standing.ts";
import { AccountTable, PREFERENCES } from "./store/accounts.ts";
import { Database } from "./store/database.ts";
import { DeviceTable } from "./store/devices.ts";
import { eraseDisk, openDisk } from "./store/disk.ts";
import { openStore, type Store } from "./store/home.ts";
import { eraseVault, openVault, vaultState, writeVault } from "./store/vault.ts";
import { Hub, type Surroundings } from "./sync/hub.ts";
import { meetOthers } from "./sync/others.ts";

/** What the client lives in: a worker of a page, or a test. */
export interface Habitat {
  readonly around: Surroundings;
  /** The name of the browser's database. */
  readonly disk: string;
  /** How much this origin keeps, and may keep. */
  readonly room: () => Promise<Room>;
  /** The relay that serves this page, if it lets anyone begin. */
  readonly homeRelay: () => Promise<RelayDescriptor | null>;
  /** How this device calls itself to the others of its account. */
  readonly deviceName: string;
}

/** An account that is open. */
export interface Opened {
  readonly hub: Hub;
  readonly key: Bytes;
}

/** The one account that a browser's database holds. */
export class Home {
  readonly #habitat: Habitat;
  #disk: IDBDatabase | null = null;

  constructor(habitat: Habitat) {
    this.#habitat = habitat;
  }

  /** Whether there is an account, and whether a passphrase is needed to open it. */
  async state(): Promise<"missing" | "open" | "locked"> {
    return vaultState(await this.#open());
  }

  /** Open the account; "" where no passphrase is set. */
  async unlock(passphrase: string): Promise<Opened> {
    const disk = await this.#open();
    const key = await openVault(disk, passphrase);
    return this.#begin(await openStore(new Database(disk, key)), key);
  }

  /** Make an account on a relay, with the pass that lets it in, if it needs one. */
  async create(
    name: string,
    relay: RelayDescriptor,
    token: Bytes | null,
    passphrase: string,
  ): Promise<Opened> {
    const { now, entropy } = this.#habitat.around;
    return this.#make(passphrase, async (db) => {
      const profile = await newDevice(
        await newAccount(entropy),
        {
          name,
          ownerSecret: entropy(32),
          inviteSecret: entropy(32),
          preferences: PREFERENCES,
        },
        entropy,
      );
      await db.write(async (tx) => {
        const account = new AccountTable();
        await account.save(tx, profile);
        await account.rememberRelay(tx, relay, token, true);
        const id = ownDevice(profile.credential);
        const { deviceName } = this.#habitat;
        await new DeviceTable().save(tx, { id, name: deviceName, linkedAt: now() });
      });
      return openStore(db);
    });
  }

  /** Take over an account. */
  async take(
    kept: Kept,
    passphrase: string,
    as: { readonly deviceName: string; readonly device: Bytes },
  ): Promise<Opened> {
    const { now, entropy } = this.#habitat.around;
    const how = { now: now(), entropy, ...as };
    const { takeAccount } = await taking();
    await meetOthers();
    return this.#make(passphrase, (db) => takeAccount(db, kept, how));
  }

  /** Put the key of an open account behind another passphrase, or with "" behind none. */
  async setPassphrase({ key }: Opened, passphrase: string): Promise<void> {
    const { entropy } = this.#habitat.around;
    await writeVault(await this.#open(), key, passphrase, entropy);
  }

  /** Erase everything: the key first, so that what is left is noise. */
  async erase(): Promise<void> {
    await eraseVault(await this.#open());
    await this.#eraseRows();
  }

  /** Close what holds the database. */
  close(): void {
    this.#disk?.close();
    this.#disk = null;
  }

  async #make(
    passphrase: string,
    fill: (db: Database) => Promise<Store>,
  ): Promise<Opened> {
    if ((await this.state()) !== "missing") throw new UsageError("account here");
    // What an attempt that was cut off has left is under a key that nobody has.
    await this.#eraseRows();
    const disk = await this.#open();
    const { entropy } = this.#habitat.around;
    const key = entropy(32);
    const store = await fill(new Database(disk, key));
    await writeVault(disk, key, passphrase, entropy);
    return this.#begin(store, key);
  }

  async #begin(store: Store, key: Bytes): Promise<Opened> {
    const hub = new Hub(store, this.#habitat.around);
    await assemble(hub, this.#habitat.room);
    return { hub, key };
  }

  async #eraseRows(): Promise<void> {
    this.close();
    await eraseDisk(this.#habitat.disk);
  }

  async #open(): Promise<IDBDatabase> {
    this.#disk ??= await openDisk(this.#habitat.disk);
    return this.#disk;
  }
}
