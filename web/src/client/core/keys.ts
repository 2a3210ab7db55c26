/**
 * What is derived from an account's secrets: ids, tokens and keys for each relay
 * (spec/identity.md §5). The relay's key is part of every derivation, so that two relays
 * cannot tell that two inboxes are of one account.
 */

import { type Bytes, concat, utf8 } from "../../bytes.ts";
import { derive } from "./gcm.ts";

const INVITE_SALT = utf8("Linnet invite 1");
const OWNER_SALT = utf8("Linnet owner 1");
const LINK_SALT = utf8("Linnet link 1");

/** What whoever holds an invite link may do at one relay of its owner. */
export interface InviteKeys {
  readonly inbox: Bytes;
  readonly appendToken: Bytes;
  readonly inboxKey: Bytes;
  readonly shelf: Bytes;
  readonly claimToken: Bytes;
  readonly shelfKey: Bytes;
}

/** What only the owner of an inbox and a shelf may do with them. */
export interface OwnerKeys {
  readonly readToken: Bytes;
  readonly controlToken: Bytes;
  readonly shelfToken: Bytes;
}

/** Derive them from the link's secret and the relay's key. */
export function inviteKeys(inviteSecret: Bytes, relayKey: Bytes): InviteKeys {
  const expand = (label: string, length: number): Bytes =>
    derive(inviteSecret, INVITE_SALT, concat(utf8(label), relayKey), length);
  return {
    inbox: expand("inbox id", 16),
    appendToken: expand("inbox append", 32),
    inboxKey: expand("inbox key", 32),
    shelf: expand("shelf id", 16),
    claimToken: expand("shelf claim", 32),
    shelfKey: expand("shelf key", 32),
  };
}

/** Derive them from the account's owner secret, for one inbox. */
export function ownerKeys(
  ownerSecret: Bytes,
  relayKey: Bytes,
  inbox: Bytes,
): OwnerKeys {
  const expand = (label: string): Bytes => owned(ownerSecret, label, relayKey, inbox);
  return {
    readToken: expand("inbox read"),
    controlToken: expand("inbox control"),
    shelfToken: expand("shelf owner"),
  };
}

/** What devices of one account may do with each other's shelf (spec/devices.md §6). */
export interface DeviceKeys {
  readonly shelf: Bytes;
  readonly claimToken: Bytes;
  readonly ownerToken: Bytes;
  readonly key: Bytes;
}

/** Derive them from the account's owner secret, for one device. */
export function deviceKeys(
  ownerSecret: Bytes,
  relayKey: Bytes,
  device: Bytes,
): DeviceKeys {
  const expand = (label: string): Bytes => owned(ownerSecret, label, relayKey, device);
  return {
    shelf: owned(ownerSecret, "device shelf", relayKey, device, 16),
    claimToken: expand("device claim"),
    ownerToken: expand("device owner"),
    key: expand("device key"),
  };
}

/** What whoever sees a device link may do in its mailbox (spec/devices.md §2). */
export interface MailboxKeys {
  readonly psk: Bytes;
  readonly appendToken: Bytes;
  readonly readToken: Bytes;
  readonly controlToken: Bytes;
  /** The ids of its five envelopes, in order. */
  readonly envelopes: readonly Bytes[];
}

/** Derive them from the link's secret. */
export function mailboxKeys(secret: Bytes): MailboxKeys {
  const expand = (label: Bytes, length = 32): Bytes =>
    derive(secret, LINK_SALT, label, length);
  return {
    psk: expand(utf8("psk")),
    appendToken: expand(utf8("append")),
    readToken: expand(utf8("read")),
    controlToken: expand(utf8("control")),
    envelopes: [1, 2, 3, 4, 5].map((place) =>
      expand(concat(utf8("envelope"), Uint8Array.of(place)), 16),
    ),
  };
}

/** The control token of a conversation's stream that this account made. */
export function streamControlToken(
  ownerSecret: Bytes,
  relayKey: Bytes,
  stream: Bytes,
): Bytes {
  return owned(ownerSecret, "stream control", relayKey, stream);
}

function owned(
  secret: Bytes,
  label: string,
  relayKey: Bytes,
  id: Bytes,
  length = 32,
): Bytes {
  return derive(secret, OWNER_SALT, concat(utf8(label), relayKey, id), length);
}
