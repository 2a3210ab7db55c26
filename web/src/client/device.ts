/** A device of an account, as it is made. */

import type { Bytes } from "../bytes.ts";
import { BugError } from "../errors.ts";
import { BasicCredential } from "../mls/index.ts";
import type { Entropy } from "./core/gcm.ts";
import type { Account } from "./core/identity.ts";
import { newIdentity } from "./core/people.ts";
import type { Profile } from "./store/accounts.ts";

/** Make a device of an account: a profile with a signature key that is this device's own. */
export async function newDevice(
  account: Account,
  of: Pick<Profile, "name" | "ownerSecret" | "inviteSecret" | "preferences">,
  entropy: Entropy,
  device?: Bytes,
): Promise<Profile> {
  const identity = await newIdentity(account, entropy, device);
  const { credential, signaturePrivate } = identity;
  if (!(credential instanceof BasicCredential))
    throw new BugError("A device was made with a credential of another kind.");
  return { account, ...of, credential: credential.identity, signaturePrivate };
}
