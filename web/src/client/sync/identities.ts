/** This device as MLS knows it. */

import { BasicCredential, HYBRID, Identity } from "../../mls/index.ts";
import type { Profile } from "../store/accounts.ts";

/** Return this device as MLS knows it. */
export function ownIdentity(profile: Profile): Promise<Identity> {
  const credential = new BasicCredential(profile.credential);
  return Identity.of(HYBRID, credential, profile.signaturePrivate);
}
