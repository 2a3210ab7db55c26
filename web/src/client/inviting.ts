/** Who the account is: its names, its link, the passes it is given. */

import { LocalError, Malformed, UsageError } from "../errors.ts";
import { writeInviteLink } from "../wire/invites.ts";
import { parsePassLink, type PassLink } from "../wire/links.ts";
import { encodeName, fingerprint, LONGEST_NAME } from "./core/identity.ts";
import { ownDevice } from "./core/people.ts";
import { hex } from "../bytes.ts";
import type { Store } from "./store/home.ts";
import { ownLink } from "./sync/cards.ts";
import type { AccountId, DeviceId, Profile } from "./values.ts";

/** Who this account is. */
export function profileOf(store: Store, hasPassphrase: boolean): Profile {
  const { account, name, credential } = store.profile;
  return {
    account: hex(account.key) as AccountId,
    name,
    fingerprint: fingerprint(account.key),
    device: hex(ownDevice(credential)) as DeviceId,
    hasPassphrase,
  };
}

/** The account's invite link. */
export function invite(store: Store): string {
  return writeInviteLink(ownLink(store));
}

/** Say whether this can be a name; throws `UsageError`. */
export function checkName(name: string): void {
  try {
    encodeName(name);
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    throw new UsageError("odd name", { most: LONGEST_NAME });
  }
}

/** Read a pass link that a person gave; throws `UsageError`. */
export function readPass(text: string): PassLink {
  try {
    return parsePassLink(text);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UsageError(error.said?.code ?? "link damaged");
  }
}
