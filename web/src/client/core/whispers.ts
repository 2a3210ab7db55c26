/**
 * What is passed to members who are online and never stored: typing
 * (spec/conversations.md §9). Sealed under a key of the epoch, so it is from a member;
 * which one, a dishonest member could forge, and nothing hangs on it.
 */

import { type Bytes, concat, utf8 } from "../../bytes.ts";
import { Forged, Malformed } from "../../errors.ts";
import type { EpochKeys } from "./envelope.ts";
import { decrypt, encrypt, type Entropy } from "./gcm.ts";

const TYPING = 1;
const CONTEXT = utf8("Linnet whisper 1\0");

/** A member types, or has stopped. */
export interface TypingNote {
  readonly account: Bytes;
  readonly isTyping: boolean;
}

/** Encrypt a note for the members who are online. */
export function sealNote(
  keys: EpochKeys,
  stream: Bytes,
  note: TypingNote,
  entropy: Entropy,
): Bytes {
  const plain = Uint8Array.of(TYPING, ...note.account, note.isTyping ? 1 : 0);
  const nonce = entropy(12);
  return concat(nonce, encrypt(keys.whisperKey, nonce, plain, concat(CONTEXT, stream)));
}

/** Decrypt a note; throws `Forged` if no member made it, `Malformed` if it says nothing known. */
export function unsealNote(
  keys: EpochKeys,
  stream: Bytes,
  data: Uint8Array,
): TypingNote {
  const aad = concat(CONTEXT, stream);
  const plain = decrypt(keys.whisperKey, data.subarray(0, 12), data.subarray(12), aad);
  if (plain === null) throw new Forged("A whisper was not made by a member.");
  if (plain.length !== 34 || plain[0] !== TYPING || (plain[33] as number) > 1)
    throw new Malformed("A whisper says something unknown.");
  return { account: plain.slice(1, 33), isTyping: plain[33] === 1 };
}
