/**
 * Accounts, devices, and the credential that binds a device to its account
 * (spec/identity.md §2 and §3). Knows nothing of links, groups or store.
 */

import { type Bytes, concat, fromUtf8, hex, utf8 } from "../../bytes.ts";
import { Forged, LocalError, Malformed } from "../../errors.ts";
import { InvalidSignature } from "../../mls/errors.ts";
import { ED25519 } from "../../mls/signatures.ts";
import type { Entropy } from "./gcm.ts";

export type { Entropy } from "./gcm.ts";

const CREDENTIAL_VERSION = 1;
const CREDENTIAL_BYTES = 1 + 32 + 8 + 64;
const DEVICE_LABEL = utf8("Linnet device 1\0");
/** Bytes of UTF-8; long enough for a person, short enough for a screen. */
export const LONGEST_NAME = 64;

// Direction overrides and isolates can make one name look like another.
const DECEPTIVE =
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** An account's identity: one Ed25519 key that outlives every device. */
export interface Account {
  readonly seed: Bytes;
  /** The public half, by which others know the account. */
  readonly key: Bytes;
}

/** The account of a seed of 32 bytes. */
export async function accountOf(seed: Bytes): Promise<Account> {
  return { seed, key: (await ED25519.load(seed)).public };
}

/** Make a new account. */
export function newAccount(entropy: Entropy): Promise<Account> {
  return accountOf(entropy(32));
}

/** The credential of a device of this account (spec/identity.md §3). */
export async function certify(
  account: Account,
  device: Bytes,
  signatureKey: Bytes,
): Promise<Bytes> {
  if (device.length !== 8 || signatureKey.length !== 32)
    throw new LocalError("A device id has 8 bytes and a signature key 32.");
  const signing = await ED25519.load(account.seed);
  const signature = await signing.sign(concat(DEVICE_LABEL, device, signatureKey));
  return concat(Uint8Array.of(CREDENTIAL_VERSION), account.key, device, signature);
}

/** A device's credential as it arrived: parsed, not believed. */
export interface UnverifiedCredential {
  readonly account: Bytes;
  readonly device: Bytes;
  readonly signature: Bytes;
}

/** A device whose account has been proven. */
export interface Device {
  readonly account: Bytes;
  readonly id: Bytes;
}

/** Read the identity bytes of an MLS basic credential; throws `Malformed`. */
export function parseCredential(data: Uint8Array): UnverifiedCredential {
  if (data.length !== CREDENTIAL_BYTES || data[0] !== CREDENTIAL_VERSION)
    throw new Malformed("A device's credential is malformed.");
  return {
    account: data.slice(1, 33),
    device: data.slice(33, 41),
    signature: data.slice(41),
  };
}

/** Check that the account vouches for this device's signature key; throws `Forged`. */
export async function verifyCredential(
  credential: UnverifiedCredential,
  signatureKey: Uint8Array,
): Promise<Device> {
  const { account, device, signature } = credential;
  const said = concat(DEVICE_LABEL, device, signatureKey);
  try {
    await ED25519.verify(account, said, signature);
  } catch (error) {
    if (!(error instanceof InvalidSignature)) throw error;
    throw new Forged("A device's account does not vouch for it.");
  }
  return { account, id: device };
}

/** Return a display name as it travels; throws `LocalError` if a name may not be so. */
export function encodeName(name: string): Bytes {
  const data = utf8(name);
  try {
    if (decodeName(data) === name) return data;
  } catch {
    // The sentence below says it to whoever typed it.
  }
  throw new LocalError(
    `A name has 1 to ${LONGEST_NAME} bytes and no control characters.`,
  );
}

/** Read a display name (spec/identity.md §3); throws `Malformed` if it may not be one. */
export function decodeName(data: Uint8Array): string {
  let name: string;
  try {
    name = fromUtf8(data);
  } catch {
    throw new Malformed("A name is not UTF-8.");
  }
  if (data.length < 1 || data.length > LONGEST_NAME || name !== name.trim())
    throw new Malformed("A name is empty, too long or padded with spaces.");
  if (DECEPTIVE.test(name))
    throw new Malformed("A name holds characters that could deceive the eye.");
  return name;
}

/** First characters of an account key, to tell two accounts of one name apart. */
export function fingerprint(account: Bytes): string {
  return hex(account).slice(0, 12);
}
