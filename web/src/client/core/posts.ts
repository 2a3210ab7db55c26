/**
 * What lies in an inbox or on a shelf: sealed under the invite's keys (spec/identity.md
 * §5.3 and §5.4). Whoever holds the link can write it, so what is inside proves itself:
 * a Welcome by MLS, a key package by its credential.
 */

import { type Bytes, concat, utf8 } from "../../bytes.ts";
import { Forged, LocalError, Malformed } from "../../errors.ts";
import { MAX_ENVELOPE, MAX_PACKAGE } from "../../wire/tables.ts";
import { decode, encode, isArray, isBytes, isUint, type Value } from "./cbor.ts";
import { type BlobRef, isBlobRef, packBlobRef, unpackBlobRef } from "./envelope.ts";
import { decrypt, encrypt, type Entropy } from "./gcm.ts";
import { pad, unpad } from "./padding.ts";
import { byteLength, printable } from "./texts.ts";

const OVERHEAD = 28;
/** Bytes of a post's body with its length before it. */
export const LARGEST_POST = MAX_ENVELOPE - OVERHEAD;
export const LONGEST_NOTE = 280;
const WELCOME = 1;
const INBOX = utf8("Linnet inbox 1\0");
const SHELF = utf8("Linnet shelf 1\0");

/** An invitation into a conversation: who sends it, and the MLS Welcome. */
export interface WelcomePost {
  /** Who says they sent it; believed only once the group shows it. */
  readonly sender: Bytes;
  readonly note: string;
  /** The place of the commit that added them; they read from there. */
  readonly sequence: number;
  /** The id of that commit's envelope. */
  readonly envelope: Bytes;
  /** The MLS Welcome without the tree, or the blob that holds it. */
  readonly welcome: Bytes | BlobRef;
  /** The ratchet tree, or the blob that holds it. */
  readonly tree: Bytes | BlobRef;
}

/** Write a post. */
export function encodePost(post: WelcomePost): Bytes {
  const { sender, note, sequence, envelope } = post;
  const parts = [wrapped(post.welcome), wrapped(post.tree)];
  return encode([WELCOME, sender, note, sequence, envelope, ...parts]);
}

/** Read a post; throws `Malformed` if it is none. */
export function decodePost(data: Uint8Array): WelcomePost {
  const value = decode(data);
  if (isArray(value, 7)) {
    const [kind, sender, note, sequence, envelope, welcome, tree] = value;
    if (
      kind === WELCOME &&
      isBytes(sender, 32) &&
      typeof note === "string" &&
      byteLength(note) <= LONGEST_NOTE &&
      isUint(sequence, 2 ** 53) &&
      isBytes(envelope, 16)
    )
      return {
        sender,
        // A stranger's note without what could play tricks on a screen.
        note: printable(note, " ").trim(),
        sequence,
        envelope,
        welcome: unwrapped(welcome),
        tree: unwrapped(tree),
      };
  }
  throw new Malformed("Something in the inbox is no invitation.");
}

/** Encrypt a post for an inbox. */
export function sealPost(
  key: Bytes,
  inbox: Bytes,
  envelope: Bytes,
  body: Bytes,
  entropy: Entropy,
): Bytes {
  if (body.length + 4 > LARGEST_POST)
    throw new LocalError("This is too large for an inbox.");
  const nonce = entropy(12);
  const aad = concat(INBOX, inbox, envelope);
  return concat(nonce, encrypt(key, nonce, pad(body, LARGEST_POST), aad));
}

/** Decrypt a post; throws `Forged` if made without the link or for another place. */
export function unsealPost(
  key: Bytes,
  inbox: Bytes,
  envelope: Bytes,
  data: Uint8Array,
): Bytes {
  const aad = concat(INBOX, inbox, envelope);
  const plain = decrypt(key, data.subarray(0, 12), data.subarray(12), aad);
  if (plain === null)
    throw new Forged("Something in the inbox was made without the link.");
  return unpad(plain);
}

/** Encrypt a key package for a shelf. */
export function sealPackage(
  key: Bytes,
  shelf: Bytes,
  body: Bytes,
  entropy: Entropy,
): Bytes {
  const nonce = entropy(12);
  const plain = pad(body, MAX_PACKAGE - OVERHEAD);
  return concat(nonce, encrypt(key, nonce, plain, concat(SHELF, shelf)));
}

/** Decrypt a key package from a shelf; throws `Forged` if made without the link. */
export function unsealPackage(key: Bytes, shelf: Bytes, data: Uint8Array): Bytes {
  const aad = concat(SHELF, shelf);
  const plain = decrypt(key, data.subarray(0, 12), data.subarray(12), aad);
  if (plain === null)
    throw new Forged("A key package on the shelf was made without the link.");
  return unpad(plain);
}

function wrapped(part: Bytes | BlobRef): Value {
  return isBlobRef(part) ? [2, packBlobRef(part)] : [1, part];
}

function unwrapped(value: Value | undefined): Bytes | BlobRef {
  if (value !== undefined && isArray(value, 2)) {
    const [kind, part] = value;
    if (kind === 1 && isBytes(part)) return part;
    if (kind === 2 && isBytes(part)) return unpackBlobRef(part);
  }
  throw new Malformed("An invitation is malformed.");
}
