/**
 * Recovery phrases: 140 random bits and a checksum, as 8 groups of 4 characters
 * (spec/identity.md §8). The alphabet has no I, L, O or U; what people type instead is
 * read as what they mean.
 */

import { say } from "../../sentences/index.ts";
import { type Bytes, concat, utf8 } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import { type Entropy, sha256 } from "./gcm.ts";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_CHARACTERS = 28;
const CHECK_CHARACTERS = 4;
const LABEL = utf8("Linnet recovery phrase 1\0");
const READ_AS: Readonly<Record<string, string>> = { I: "1", L: "1", O: "0", U: "V" };

/** Make a phrase from 18 random bytes, of which it keeps 140 bits. */
export function newPhrase(entropy: Entropy): string {
  const secret = spelled(entropy(18), SECRET_CHARACTERS);
  return (secret + check(secret)).replace(/.{4}(?=.)/g, "$&-");
}

/** The secret in a phrase that a person typed; throws `Malformed` for a slip of the pen. */
export function readPhrase(text: string): Bytes {
  const plain = text
    .toUpperCase()
    .replace(/[\s-]/g, "")
    .replace(/[ILOU]/g, (typed) => READ_AS[typed] as string);
  if (plain.length !== SECRET_CHARACTERS + CHECK_CHARACTERS)
    throw new Malformed(say("phrase short"));
  const secret = plain.slice(0, SECRET_CHARACTERS);
  const isSpelled = Array.from(plain).every((one) => ALPHABET.includes(one));
  if (!isSpelled || check(secret) !== plain.slice(SECRET_CHARACTERS))
    throw new Malformed(say("phrase slip"));
  return utf8(secret);
}

function check(secret: string): string {
  return spelled(sha256(concat(LABEL, utf8(secret))), CHECK_CHARACTERS);
}

/** The first bits of `bytes`, five a character. */
function spelled(bytes: Uint8Array, count: number): string {
  let text = "";
  for (let at = 0; at < count; at++) {
    const bit = at * 5;
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += ALPHABET.charAt((pair >> (11 - (bit & 7))) & 31);
  }
  return text;
}
