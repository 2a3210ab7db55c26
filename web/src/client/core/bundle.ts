/**
 * An account as an old device hands it to a new one, or to a backup (spec/devices.md §4).
 * Holds every secret of the account: it travels only under a key that its owner made sure
 * of.
 */

import type { Bytes } from "../../bytes.ts";
import { RELAY_DESCRIPTOR, type RelayDescriptor } from "../../wire/links.ts";
import { encode, type Value } from "./cbor.ts";
import {
  type ContactSet,
  type DeviceNamed,
  type PreferencesSet,
  readContact,
  readDevice,
  writeContact,
  writeDevice,
} from "./entries.ts";
import { type BlobRef, packBlobRef, unpackBlobRef } from "./envelope.ts";
import { Expected, LATEST } from "./expect.ts";
import { LONGEST_TITLE } from "./info.ts";
import { MOST_DEVICES } from "./policy.ts";
import { byteLength, isPrintable } from "./texts.ts";

const VERSION = 1;
const STRANGE = "What the other device handed over is malformed.";
const STATES = ["active", "left", "removed", "broken"] as const;

/** A relay of the account, its pass, and from where its inbox is read. */
export interface RelayGiven {
  readonly relay: RelayDescriptor;
  readonly passToken: Bytes | null;
  readonly sequence: number;
  readonly envelope: Bytes;
}

/** What a conversation is, for a device that is not in it yet; times in milliseconds. */
export interface ConversationGiven {
  readonly id: Bytes;
  readonly kind: number;
  readonly state: (typeof STATES)[number];
  readonly title: string;
  readonly peer: Bytes | null;
  readonly inviter: Bytes | null;
  readonly relay: RelayDescriptor;
  readonly stream: Bytes;
  /** Seconds. */
  readonly timer: number;
  readonly placeBase: number;
  readonly createdAt: number;
  readonly seen: Bytes | null;
  readonly members: readonly {
    readonly account: Bytes;
    readonly name: string;
    readonly isAdmin: boolean;
  }[];
}

/** All that a new device needs to be a device of the account. */
export interface AccountBundle {
  readonly seed: Bytes;
  readonly inviteSecret: Bytes;
  readonly ownerSecret: Bytes;
  readonly name: string;
  readonly preferences: PreferencesSet;
  readonly relays: readonly RelayGiven[];
  readonly contacts: readonly ContactSet[];
  readonly devices: readonly DeviceNamed[];
  readonly conversations: readonly ConversationGiven[];
  readonly history: readonly BlobRef[];
}

/** Write a bundle. */
export function encodeBundle(bundle: AccountBundle): Bytes {
  const { delivery, read, typing } = bundle.preferences;
  return encode([
    VERSION,
    bundle.seed,
    bundle.inviteSecret,
    bundle.ownerSecret,
    bundle.name,
    [delivery, read, typing],
    bundle.relays.map((one) => [
      RELAY_DESCRIPTOR.write(one.relay),
      one.passToken,
      one.sequence,
      one.envelope,
    ]),
    bundle.contacts.map(writeContact),
    bundle.devices.map(writeDevice),
    bundle.conversations.map(writeConversation),
    bundle.history.map(packBlobRef),
  ]);
}

/** Read a bundle; throws `Malformed`, and nothing of it is taken. */
export function decodeBundle(data: Uint8Array): AccountBundle {
  const from = Expected.decode(data, STRANGE);
  from.check(from.any() === VERSION);
  const [seed, inviteSecret, ownerSecret] = [
    from.bytes(32),
    from.bytes(32),
    from.bytes(32),
  ];
  const bundle: AccountBundle = {
    seed,
    inviteSecret,
    ownerSecret,
    name: from.name(),
    preferences: readPreferences(from.fields()),
    relays: from.list(readRelay),
    contacts: from.list(readContact),
    devices: from.list(readDevice),
    conversations: from.list(readConversation),
    history: from.blobs().map(unpackBlobRef),
  };
  from.finish();
  const { relays, devices } = bundle;
  from.check(relays.length > 0 && devices.length > 0);
  from.check(devices.length <= MOST_DEVICES);
  return bundle;
}

function readPreferences(from: Expected): PreferencesSet {
  const [delivery, read, typing] = [from.flag(), from.flag(), from.flag()];
  from.finish();
  return { kind: "preferences", delivery, read, typing };
}

function readRelay(from: Expected): RelayGiven {
  return {
    relay: from.relay(),
    passToken: from.maybe((one) => one.bytes(32)),
    sequence: from.number(LATEST),
    envelope: from.bytes(16),
  };
}

function writeConversation(one: ConversationGiven): Value {
  return [
    one.id,
    one.kind,
    STATES.indexOf(one.state),
    one.title,
    one.peer,
    one.inviter,
    RELAY_DESCRIPTOR.write(one.relay),
    one.stream,
    one.timer,
    one.placeBase,
    one.createdAt,
    one.seen,
    one.members.map(({ account, name, isAdmin }) => [account, name, isAdmin]),
  ];
}

function readConversation(from: Expected): ConversationGiven {
  const id = from.bytes(16);
  const kind = from.number(1);
  const state = STATES[from.number(STATES.length - 1)] ?? "broken";
  const title = from.text();
  from.check(byteLength(title) <= LONGEST_TITLE && isPrintable(title));
  const peer = from.maybe((one) => one.bytes(32));
  from.check((title !== "") === (kind === 1) && (peer !== null) === (kind === 0));
  return {
    id,
    kind,
    state,
    title,
    peer,
    inviter: from.maybe((one) => one.bytes(32)),
    relay: from.relay(),
    stream: from.bytes(16),
    timer: from.number(2 ** 32 - 1),
    placeBase: from.number(LATEST),
    createdAt: from.number(LATEST),
    seen: from.maybe((one) => one.bytes(16)),
    members: from.list((one) => ({
      account: one.bytes(32),
      name: one.name(),
      isAdmin: one.flag(),
    })),
  };
}
