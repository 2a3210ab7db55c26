/**
 * What devices of one account tell each other: entries of the devices conversation
 * (spec/devices.md §5). Each is a small whole statement that may come twice; of two about
 * the same thing the later one in the stream counts.
 */

import { type Bytes, equal } from "../../bytes.ts";
import { INVITE } from "../../wire/invites.ts";
import { RELAY_DESCRIPTOR, type RelayDescriptor, readWhole } from "../../wire/links.ts";
import type { ContactState } from "../values.ts";
import { encode, type Value } from "./cbor.ts";
import { Expected, LATEST } from "./expect.ts";
import { Disposition, type SinglePart, singlePart } from "./parts.ts";
import { type HistoryRecord, readRecord, writeRecord } from "./records.ts";

export const DEVICES_TYPE = "application/vnd.linnet.devices";
const STRANGE = "A device of this account said what cannot be understood.";
const STATES: readonly ContactState[] = ["known", "asked", "accepted", "blocked"];

/** How a device is called, and when it was linked (seconds). */
export interface DeviceNamed {
  readonly kind: "device";
  readonly device: Bytes;
  readonly name: string;
  readonly linkedAt: number;
}

/** What others are let know. */
export interface PreferencesSet {
  readonly kind: "preferences";
  readonly delivery: boolean;
  readonly read: boolean;
  readonly typing: boolean;
}

/** A contact, whole. */
export interface ContactSet {
  readonly kind: "contact";
  readonly account: Bytes;
  readonly name: string;
  readonly state: ContactState;
  readonly verified: boolean;
  readonly card: Bytes | null;
}

export type Entry =
  | DeviceNamed
  /** The name others see. */
  | { readonly kind: "name"; readonly name: string }
  | PreferencesSet
  | ContactSet
  /** A request was accepted or declined. */
  | {
      readonly kind: "request";
      readonly conversation: Bytes;
      readonly accepted: boolean;
    }
  /** Everything up to a message was seen. */
  | { readonly kind: "seen"; readonly conversation: Bytes; readonly message: Bytes }
  /** New secrets of the account. */
  | {
      readonly kind: "secrets";
      readonly inviteSecret: Bytes;
      readonly ownerSecret: Bytes;
    }
  /** A further relay of the account, with its pass. */
  | {
      readonly kind: "relay";
      readonly relay: RelayDescriptor;
      readonly passToken: Bytes | null;
    }
  /** What was said before a device came into a conversation. */
  | {
      readonly kind: "history";
      readonly conversation: Bytes;
      readonly records: readonly HistoryRecord[];
    }
  /** A device has laid out the account's public shelf. */
  | { readonly kind: "shelf"; readonly device: Bytes };

/** Write an entry. */
export function writeEntry(entry: Entry): Bytes {
  return encode(fieldsOf(entry));
}

/** The part of an entry. */
export function entryPart(entry: Entry): SinglePart {
  return singlePart(Disposition.UNSPECIFIED, DEVICES_TYPE, writeEntry(entry));
}

function fieldsOf(entry: Entry): readonly Value[] {
  switch (entry.kind) {
    case "device":
      return [1, ...writeDevice(entry)];
    case "name":
      return [2, entry.name];
    case "preferences":
      return [3, entry.delivery, entry.read, entry.typing];
    case "contact":
      return [4, ...writeContact(entry)];
    case "request":
      return [5, entry.conversation, entry.accepted];
    case "seen":
      return [6, entry.conversation, entry.message];
    case "secrets":
      return [7, entry.inviteSecret, entry.ownerSecret];
    case "relay":
      return [8, RELAY_DESCRIPTOR.write(entry.relay), entry.passToken];
    case "history":
      return [9, entry.conversation, entry.records.map(writeRecord)];
    case "shelf":
      return [10, entry.device];
  }
}

/** Read an entry; throws `Malformed`, also for kinds this version does not know. */
export function readEntry(data: Uint8Array): Entry {
  const from = Expected.decode(data, STRANGE);
  const entry = readFields(from);
  from.finish();
  return entry;
}

function readFields(from: Expected): Entry {
  switch (from.number(10)) {
    case 1:
      return readDevice(from);
    case 2:
      return { kind: "name", name: from.name() };
    case 3: {
      const [delivery, read, typing] = [from.flag(), from.flag(), from.flag()];
      return { kind: "preferences", delivery, read, typing };
    }
    case 4:
      return readContact(from);
    case 5:
      return { kind: "request", conversation: from.bytes(16), accepted: from.flag() };
    case 6:
      return { kind: "seen", conversation: from.bytes(16), message: from.bytes(16) };
    case 7: {
      const [inviteSecret, ownerSecret] = [from.bytes(32), from.bytes(32)];
      return { kind: "secrets", inviteSecret, ownerSecret };
    }
    case 8: {
      const relay = from.relay();
      return { kind: "relay", relay, passToken: from.maybe((one) => one.bytes(32)) };
    }
    case 9: {
      const [conversation, records] = [from.bytes(16), from.list(readRecord)];
      from.check(records.length > 0);
      from.check(records.every((one) => equal(one.conversation, conversation)));
      return { kind: "history", conversation, records };
    }
    case 10:
      return { kind: "shelf", device: from.bytes(8) };
    default:
      throw from.malformed();
  }
}

/** Write a device's fields. */
export function writeDevice({ device, name, linkedAt }: DeviceNamed): readonly Value[] {
  return [device, name, linkedAt];
}

/** Read a device's fields. */
export function readDevice(from: Expected): DeviceNamed {
  const [device, name] = [from.bytes(8), from.name()];
  return { kind: "device", device, name, linkedAt: from.number(LATEST) };
}

/** Write a contact's fields. */
export function writeContact(contact: ContactSet): readonly Value[] {
  const { account, name, state, verified, card } = contact;
  return [account, name, STATES.indexOf(state), verified, card];
}

/** Read a contact's fields; throws `Malformed` also where its card is somebody else's. */
export function readContact(from: Expected): ContactSet {
  const [account, name, state] = [from.bytes(32), from.name(), from.number(3)];
  const [verified, card] = [from.flag(), from.maybe((one) => one.bytes())];
  from.check(!card || equal(readWhole(INVITE, card).account, account));
  return {
    kind: "contact",
    account,
    name,
    state: STATES[state] ?? "known",
    verified,
    card,
  };
}
