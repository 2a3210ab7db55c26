/** Contacts in the store: who is known, how, and by which card they are reached. */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { type InviteLink, INVITE } from "../../wire/invites.ts";
import { readWhole } from "../../wire/links.ts";
import { compare } from "../core/cbor.ts";
import { fingerprint } from "../core/identity.ts";
import { likeness } from "../core/likeness.ts";
import type { AccountId, Contact, ContactState } from "../values.ts";
import { blob, damaged, flag, maybe, text, word } from "./columns.ts";
import type { Row, Tx } from "./database.ts";

const STATES: readonly ContactState[] = ["known", "asked", "accepted", "blocked"];
/** States of accounts that a person has chosen; a namesake among these counts. */
const CHOSEN: readonly ContactState[] = ["asked", "accepted", "blocked"];

/** One account that is known. */
export interface ContactRow {
  readonly account: Bytes;
  readonly name: string;
  readonly state: ContactState;
  readonly verified: boolean;
  /** Its invite link as it travels, if it was ever said. */
  readonly card: Bytes | null;
}

/** Return how a contact is reached, if they have said it. */
export function linkOf(contact: ContactRow): InviteLink | null {
  return contact.card && linkOfCard(contact.card);
}

/** Return the link of a card that was stored. */
export function linkOfCard(card: Bytes): InviteLink {
  try {
    return readWhole(INVITE, card);
  } catch {
    throw damaged();
  }
}

/** Reads and writes contacts. */
export class ContactTable {
  #known: readonly ContactRow[] | null = null;
  readonly #changing = new WeakSet<Tx>();
  /** Who has accepted us and is not blocked, by key, as it was last committed. */
  readonly accepted = new Set<string>();

  /** Read what is held in memory; call once after opening. Throws `StorageError`. */
  async load(tx: Tx): Promise<void> {
    for (const contact of await this.all(tx)) this.#note(contact);
  }

  #note({ account, state }: ContactRow): void {
    if (state === "accepted") this.accepted.add(hex(account));
    else this.accepted.delete(hex(account));
  }

  /** Return one contact. */
  async find(tx: Tx, account: Bytes): Promise<ContactRow | null> {
    const row = await tx.get("contacts", tx.db.blind(account));
    return row && contactOf(row);
  }

  /** Return every contact, by name. */
  async all(tx: Tx): Promise<readonly ContactRow[]> {
    if (this.#known && !this.#changing.has(tx)) return this.#known;
    const all = (await tx.all("contacts")).map(contactOf).sort(byName);
    // What a transaction has not committed yet is nobody else's to see.
    if (!this.#changing.has(tx)) this.#known = all;
    return all;
  }

  /** Write a contact. */
  async save(tx: Tx, contact: ContactRow): Promise<void> {
    const { account, name, state, verified, card } = contact;
    const fields = { account: tx.db.blind(account) };
    const forget = (): void => {
      this.#known = null;
    };
    forget();
    this.#changing.add(tx);
    // A reader that began before this may have remembered the old ones meanwhile.
    tx.afterCommit(() => {
      forget();
      this.#note(contact);
    });
    await tx.put("contacts", fields, [account, name, state, verified, card]);
  }

  /** Know an account that appeared somewhere, under the name it says now. */
  async meet(tx: Tx, account: Bytes, name: string): Promise<ContactRow> {
    const known = await this.find(tx, account);
    if (known?.name === name) return known;
    const changed: ContactRow = known
      ? { ...known, name }
      : { account, name, state: "known", verified: false, card: null };
    await this.save(tx, changed);
    return changed;
  }

  /** Whether another account that counts has a name that looks like this one. */
  async hasNamesake(tx: Tx, account: Bytes, name: string): Promise<boolean> {
    return hasNamesake(await this.all(tx), account, name);
  }

  /** Return a contact as faces see it. */
  async shown(tx: Tx, contact: ContactRow): Promise<Contact> {
    return shownContact(contact, await this.all(tx));
  }
}

/** Return a contact as faces see it, among all that are known. */
export function shownContact(contact: ContactRow, all: readonly ContactRow[]): Contact {
  return {
    account: hex(contact.account) as AccountId,
    name: contact.name,
    state: contact.state,
    verified: contact.verified,
    fingerprint: fingerprint(contact.account),
    sameName: hasNamesake(all, contact.account, contact.name),
  };
}

function hasNamesake(
  all: readonly ContactRow[],
  account: Bytes,
  name: string,
): boolean {
  const wanted = likeness(name);
  return all.some(
    (one) =>
      likeness(one.name) === wanted &&
      CHOSEN.includes(one.state) &&
      !equal(one.account, account),
  );
}

/** Order people by name, and those of one name by their keys. */
export function byName(
  one: { readonly name: string; readonly account: Bytes },
  other: { readonly name: string; readonly account: Bytes },
): number {
  const [first, second] = [one.name.toLowerCase(), other.name.toLowerCase()];
  if (first !== second) return first < second ? -1 : 1;
  return compare(one.account, other.account);
}

function contactOf(row: Row): ContactRow {
  const [account, name, state, verified, card] = row.secret;
  return {
    account: blob(account),
    name: text(name),
    state: word(state, STATES),
    verified: flag(verified),
    card: maybe(card, blob),
  };
}
