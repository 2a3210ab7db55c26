/** The account itself in the store: secrets, name, preferences, relays. */

import { type Bytes, equal } from "../../bytes.ts";
import { StorageError } from "../../errors.ts";
import { many } from "../../wire/fields.ts";
import {
  type Address,
  readWhole,
  RELAY_DESCRIPTOR,
  type RelayDescriptor,
} from "../../wire/links.ts";
import { NO_ENVELOPE } from "../../wire/requests.ts";
import type { Account } from "../core/identity.ts";
import type { Preferences } from "../values.ts";
import { blob, damaged, flag, maybe, number, text, word } from "./columns.ts";
import type { Row, Tx } from "./database.ts";

/** What an account is and may. */
export interface Profile {
  readonly account: Account;
  readonly name: string;
  readonly ownerSecret: Bytes;
  readonly inviteSecret: Bytes;
  /** This device: its credential, and the key it signs with. */
  readonly credential: Bytes;
  readonly signaturePrivate: Bytes;
  readonly preferences: Preferences;
}

/** One relay this account talks to, and how far its inbox there was read. */
export interface RelayRow {
  readonly number: number | null;
  readonly descriptor: RelayDescriptor;
  readonly passToken: Bytes | null;
  readonly isMine: boolean;
  readonly inboxSequence: number;
  readonly inboxEnvelope: Bytes;
}

/** What opened an inbox that is to be destroyed. */
export type OldSecrets = Pick<Profile, "inviteSecret" | "ownerSecret">;

export const PREFERENCES: Preferences = {
  deliveryReceipts: true,
  readReceipts: true,
  typing: true,
  notifications: false,
  notificationText: true,
  theme: "system",
  language: "",
};

const THEMES = ["system", "light", "dark"] as const;
const SECRETS = "account";
const CHOICES = "preferences";
const SHELF = "shelf taken";
const LENT = "lent link";
const ROADS = "roads";
const roads = many(RELAY_DESCRIPTOR);

/** Reads and writes the account's own rows. */
export class AccountTable {
  #profile: Profile | null = null;
  #relays: readonly RelayRow[] = [];

  /** Told when inboxes and shelves are others, or more. */
  readonly renewed: (() => void)[] = [];
  /** Told the key of a relay on which the account has an inbox from now on. */
  readonly joined: ((relay: Bytes) => void)[] = [];

  /** Let whoever looks after inboxes begin anew. */
  renew(): void {
    for (const told of this.renewed) told();
  }

  /** What the account is and may, as it was last committed. */
  get profile(): Profile {
    if (!this.#profile) throw new StorageError("store empty");
    return this.#profile;
  }

  /** The person's own roads, by the relay they lead to, as they were last committed. */
  roads: readonly RelayDescriptor[] = [];

  /** Every relay that is known, as it was last committed. */
  get known(): readonly RelayRow[] {
    return this.#relays;
  }

  /** When this was opened, in milliseconds: what is older was said to a device that was off. */
  loadedAt = 0;

  /** When this device laid out the public shelf in place of another, in milliseconds; or 0. */
  async shelfTime(tx: Tx): Promise<number> {
    const row = await tx.get("meta", SHELF);
    return row ? number(row.secret[0]) : 0;
  }

  /** Note that this device has the public shelf from now on. */
  async keepShelfTime(tx: Tx, now: number): Promise<void> {
    await tx.put("meta", { key: SHELF }, [now]);
  }

  /** A link for another device that serves now; null when there is none. */
  async lentLink(tx: Tx): Promise<string | null> {
    const row = await tx.get("meta", LENT);
    return row && text(row.secret[0]);
  }

  /** Note the link that serves, so that its mailbox is destroyed whatever happens. */
  async keepLentLink(tx: Tx, link: string | null): Promise<void> {
    if (link === null) await tx.delete("meta", LENT);
    else await tx.put("meta", { key: LENT }, [link]);
  }

  /** Read what is held in memory; call once after opening. Throws `StorageError`. */
  async load(tx: Tx): Promise<void> {
    this.loadedAt = Date.now();
    this.#profile = await this.#read(tx);
    this.#relays = await this.relays(tx);
    const row = await tx.get("meta", ROADS);
    if (row) this.roads = readWhole(roads, blob(row.secret[0]));
  }

  /** Write the person's own roads (spec/carriers.md §9.4). */
  async keepRoads(tx: Tx, kept: readonly RelayDescriptor[]): Promise<void> {
    await tx.put("meta", { key: ROADS }, [roads.write(kept)]);
    tx.afterCommit(() => {
      this.roads = kept;
    });
  }

  /** The person's own roads to a relay, for who dials and for nobody else. */
  roadsTo(key: Bytes): readonly Address[] {
    return this.roads.find((one) => equal(one.key, key))?.addresses ?? [];
  }

  /** Write the account. */
  async save(tx: Tx, profile: Profile): Promise<void> {
    const { account, name, ownerSecret, inviteSecret } = profile;
    const device = [profile.credential, profile.signaturePrivate];
    const own = [account.seed, account.key, name, ownerSecret, inviteSecret];
    await tx.put("meta", { key: SECRETS }, [...own, ...device]);
    const chosen = profile.preferences;
    const receipts = [chosen.deliveryReceipts, chosen.readReceipts, chosen.typing];
    const shown = [chosen.notifications, chosen.notificationText];
    const look = [chosen.theme, chosen.language];
    await tx.put("meta", { key: CHOICES }, [...receipts, ...shown, ...look]);
    tx.afterCommit(() => {
      this.#profile = profile;
    });
  }

  async #read(tx: Tx): Promise<Profile> {
    const own = await tx.get("meta", SECRETS);
    const chosen = await tx.get("meta", CHOICES);
    if (!own || !chosen) throw new StorageError("store empty");
    const [seed, key, name, ownerSecret, inviteSecret, credential, secret] = own.secret;
    return {
      account: { seed: blob(seed), key: blob(key) },
      name: text(name),
      ownerSecret: blob(ownerSecret),
      inviteSecret: blob(inviteSecret),
      credential: blob(credential),
      signaturePrivate: blob(secret),
      preferences: preferencesOf(chosen),
    };
  }

  /** Know a relay, or know it better; a pass is never forgotten. */
  async rememberRelay(
    tx: Tx,
    descriptor: RelayDescriptor,
    passToken: Bytes | null,
    isMine: boolean,
  ): Promise<void> {
    const old = await this.relay(tx, descriptor.key);
    await this.#write(tx, {
      number: old?.number ?? null,
      descriptor: old && old.isMine && !isMine ? old.descriptor : descriptor,
      passToken: passToken ?? old?.passToken ?? null,
      isMine: isMine || (old?.isMine ?? false),
      inboxSequence: old?.inboxSequence ?? 0,
      inboxEnvelope: old?.inboxEnvelope ?? NO_ENVELOPE,
    });
    if (isMine && !old?.isMine)
      tx.afterCommit(() => {
        for (const told of this.joined) told(descriptor.key);
      });
  }

  /** Return every relay that is known, ours first, in the order they came. */
  async relays(tx: Tx): Promise<readonly RelayRow[]> {
    const rows = (await tx.all("relays")).map(relayOf);
    return [...rows.filter((one) => one.isMine), ...rows.filter((one) => !one.isMine)];
  }

  /** Return one relay. */
  async relay(tx: Tx, key: Bytes): Promise<RelayRow | null> {
    const row = await tx.first("relays", "key", tx.db.blind(key));
    return row && relayOf(row);
  }

  /** Return one relay as it was last committed. */
  knownRelay(key: Bytes): RelayRow | null {
    return this.#relays.find((one) => equal(one.descriptor.key, key)) ?? null;
  }

  /** Note how far the inbox on a relay was read. */
  async moveInboxCursor(
    tx: Tx,
    key: Bytes,
    sequence: number,
    envelope: Bytes,
  ): Promise<void> {
    const row = await this.relay(tx, key);
    if (!row) return;
    await this.#write(tx, {
      ...row,
      inboxSequence: sequence,
      inboxEnvelope: envelope,
    });
  }

  /** Begin every inbox anew, because the link was rotated. */
  async forgetInboxCursors(tx: Tx): Promise<void> {
    for (const row of await this.relays(tx))
      await this.#write(tx, { ...row, inboxSequence: 0, inboxEnvelope: NO_ENVELOPE });
  }

  async #write(tx: Tx, row: RelayRow): Promise<void> {
    const key = tx.db.blind(row.descriptor.key);
    await tx.put(
      "relays",
      row.number === null ? { key } : { key, number: row.number },
      [
        RELAY_DESCRIPTOR.write(row.descriptor),
        row.passToken,
        row.isMine,
        row.inboxSequence,
        row.inboxEnvelope,
      ],
    );
    tx.atLast("relays", async () => {
      const relays = await this.relays(tx);
      tx.afterCommit(() => {
        this.#relays = relays;
      });
    });
  }

  /** Remember old secrets until their inbox on a relay is destroyed. */
  async retireInvite(tx: Tx, relay: Bytes, old: OldSecrets): Promise<void> {
    const key = retired(tx, relay, old.inviteSecret);
    await tx.put("meta", { key }, [old.inviteSecret, old.ownerSecret]);
  }

  /** Return old secrets whose inbox on a relay still has to go. */
  async retiredInvites(tx: Tx, relay: Bytes): Promise<readonly OldSecrets[]> {
    const prefix = `retired/${tx.db.blind(relay)}/`;
    const range = IDBKeyRange.bound(prefix, `${prefix}~`);
    return (await tx.all("meta", null, range)).map(({ secret: [invite, owner] }) => ({
      inviteSecret: blob(invite),
      ownerSecret: blob(owner),
    }));
  }

  /** Note that the inbox of an old invite is gone. */
  async forgetInvite(tx: Tx, relay: Bytes, secret: Bytes): Promise<void> {
    await tx.delete("meta", retired(tx, relay, secret));
  }

  /** Change the preferences. */
  async setPreferences(tx: Tx, preferences: Preferences): Promise<void> {
    await this.save(tx, { ...this.profile, preferences });
  }
}

function retired(tx: Tx, relay: Bytes, secret: Bytes): string {
  return `retired/${tx.db.blind(relay)}/${tx.db.blind(secret)}`;
}

function preferencesOf(row: Row): Preferences {
  const [delivery, read, typing, notifications, shown, theme, language] = row.secret;
  return {
    deliveryReceipts: flag(delivery),
    readReceipts: flag(read),
    typing: flag(typing),
    notifications: flag(notifications),
    notificationText: flag(shown),
    theme: word(theme, THEMES),
    language: text(language),
  };
}

function relayOf(row: Row): RelayRow {
  const [descriptor, passToken, isMine, sequence, envelope] = row.secret;
  return {
    number: number(row.fields.number),
    descriptor: readRelay(blob(descriptor)),
    passToken: maybe(passToken, blob),
    isMine: flag(isMine),
    inboxSequence: number(sequence),
    inboxEnvelope: blob(envelope),
  };
}

/** Read a relay's descriptor that was stored. */
export function readRelay(packed: Bytes): RelayDescriptor {
  try {
    return readWhole(RELAY_DESCRIPTOR, packed);
  } catch {
    throw damaged();
  }
}
