/**
 * Who sits in a leaf: device, account and name, proven (spec/identity.md §3). Only here
 * do credentials become accounts.
 */

import { type Bytes, equal } from "../../bytes.ts";
import { Forged, Malformed } from "../../errors.ts";
import {
  BasicCredential,
  Capabilities,
  type Credential,
  type CredentialClaim,
  CredentialRejected,
  Extension,
  findExtension,
  HYBRID,
  Identity,
  KeyPackage,
  type LeafNode,
  type Member,
  OwnKeyPackage,
  Settings,
} from "../../mls/index.ts";
import {
  type Account,
  certify,
  decodeName,
  type Device,
  encodeName,
  type Entropy,
  parseCredential,
  type UnverifiedCredential,
  verifyCredential,
} from "./identity.ts";
import { INFO_EXTENSION, NAME_EXTENSION } from "./info.ts";

/** Key packages are good from so many seconds before they were made: clocks are off. */
export const CLOCK_SLACK = 7 * 24 * 3600;
/** Seconds. */
export const LIFETIME = 90 * 24 * 3600;
const OURS = [NAME_EXTENSION, INFO_EXTENSION];

/** One leaf of a group. */
export interface Person {
  readonly account: Bytes;
  readonly device: Bytes;
  readonly name: string;
  readonly leaf: number;
}

/**
 * Say whether a leaf's account vouches for it, and is whom it replaces; throws
 * `CredentialRejected` if it does not, or is not.
 */
export async function authenticate(claim: CredentialClaim): Promise<void> {
  try {
    const device = await deviceOf(claim.credential, claim.signatureKey);
    const previous = claim.previous && parsed(claim.previous);
    if (!previous || equal(previous.account, device.account)) return;
  } catch (error) {
    if (!(error instanceof Malformed || error instanceof Forged)) throw error;
    throw new CredentialRejected(error.message);
  }
  throw new CredentialRejected("A leaf passed from one account to another.");
}

/** How every group of ours treats what arrives. */
export function groupSettings(): Settings {
  return new Settings({
    authenticate,
    pastEpochs: 2,
    skippedGenerations: 2000,
    longestLifetime: LIFETIME + 2 * CLOCK_SLACK,
    extensionTypes: OURS,
  });
}

/** Make a device of an account: a signature key that the account vouches for. */
export async function newIdentity(
  account: Account,
  entropy: Entropy,
  device: Bytes = entropy(8),
): Promise<Identity> {
  const nobody = new BasicCredential(new Uint8Array(0));
  const blank = await Identity.generate(HYBRID, nobody, { entropy });
  const credential = await certify(account, device, blank.signatureKey);
  return Identity.of(HYBRID, new BasicCredential(credential), blank.signaturePrivate);
}

/** The id of the device that a credential of ours is of. */
export function ownDevice(credential: Bytes): Bytes {
  return parseCredential(credential).device;
}

/** Which device of which account a key package says it is of; MLS has checked that. */
export function ownerOf(keyPackage: KeyPackage): UnverifiedCredential {
  return parsed(keyPackage.leaf.credential);
}

/** What our leaves say they understand. */
export function capabilities(): Capabilities {
  return Capabilities.of({ extensions: OURS });
}

/** The leaf extension that holds a display name. */
export function nameExtension(name: string): Extension {
  return new Extension(NAME_EXTENSION, encodeName(name));
}

/** Make a key package for a shelf; `now` in milliseconds. */
export function newPackage(
  identity: Identity,
  name: string,
  how: { now: number; entropy: Entropy; lastResort: boolean },
): Promise<OwnKeyPackage> {
  return OwnKeyPackage.generate(identity, {
    now: seconds(how.now) - CLOCK_SLACK,
    entropy: how.entropy,
    options: {
      lifetimeSeconds: LIFETIME + CLOCK_SLACK,
      lastResort: how.lastResort,
      leafExtensions: [nameExtension(name)],
      capabilities: capabilities(),
    },
  });
}

/**
 * Read a key package that must be of one account; throws `Malformed` if it is none,
 * `Forged` if it is of another account.
 */
export async function packageOf(account: Bytes, message: Bytes): Promise<KeyPackage> {
  const keyPackage = KeyPackage.fromMessage(message);
  const { leaf } = keyPackage;
  const device = await deviceOf(leaf.credential, leaf.signatureKey);
  if (!equal(device.account, account))
    throw new Forged("The key package on a contact's shelf is somebody else's.");
  nameOf(leaf);
  return keyPackage;
}

/** Who a member of a group is; throws `Malformed` if the leaf says no possible name. */
export function person(member: Member): Person {
  const { account, device } = parsed(member.credential);
  return { account, device, name: nameOf(member.leafNode), leaf: member.leaf };
}

/** Who the members of a group are. */
export function people(members: readonly Member[]): readonly Person[] {
  return members.map(person);
}

/** A moment of ours as MLS wants it: whole seconds. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

async function deviceOf(credential: Credential, signatureKey: Bytes): Promise<Device> {
  return verifyCredential(parsed(credential), signatureKey);
}

function parsed(credential: Credential): UnverifiedCredential {
  if (!(credential instanceof BasicCredential))
    throw new Malformed("A member has a credential of an unknown kind.");
  return parseCredential(credential.identity);
}

function nameOf(leaf: LeafNode): string {
  const data = findExtension(leaf.extensions, NAME_EXTENSION);
  if (data === undefined) throw new Malformed("A member says no name.");
  return decodeName(data);
}
