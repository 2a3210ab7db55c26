/** The account's own card: its invite link, as it travels to those it talks to. */

import type { Bytes } from "../../bytes.ts";
import { INVITE, type InviteLink } from "../../wire/invites.ts";
import { MOST_RELAYS } from "../../wire/tables.ts";
import type { Profile, RelayRow } from "../store/accounts.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";

/** Return the account's invite link, as it was last committed. */
export function ownLink(store: Store): InviteLink {
  return linkOf(store.profile, store.account.known);
}

/** Return the account's card as a transaction sees its relays. */
export async function ownCard(
  tx: Tx,
  store: Store,
  profile: Profile = store.profile,
): Promise<Bytes> {
  return INVITE.write(linkOf(profile, await store.account.relays(tx)));
}

function linkOf(profile: Profile, relays: readonly RelayRow[]): InviteLink {
  const mine = relays.filter((one) => one.isMine).map((one) => one.descriptor);
  return {
    account: profile.account.key,
    secret: profile.inviteSecret,
    name: profile.name,
    relays: mine.slice(0, MOST_RELAYS),
  };
}
