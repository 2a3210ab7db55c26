/**
 * New secrets of the account (spec/devices.md §7): its inboxes and shelves are others from
 * then on, for whoever has given them out or had them.
 */

import { type Bytes, equal } from "../../bytes.ts";
import { cardPart } from "../core/meaning.ts";
import type { Profile } from "../store/accounts.ts";
import { isDirect } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import { ownCard } from "./cards.ts";
import type { Hub } from "./hub.ts";
import { devicePlace } from "./shelf.ts";
import { announce } from "./siblings.ts";

/** What opens inboxes and shelves. */
export interface Secrets {
  readonly inviteSecret: Bytes;
  readonly ownerSecret: Bytes;
}

/**
 * Use new secrets from now on: leave the old inboxes, and lay other packages out. What
 * was on this device's own shelf may be in a Welcome that is on its way, so it is kept.
 */
export async function takeSecrets(
  tx: Tx,
  store: Store,
  secrets: Secrets,
): Promise<Profile> {
  const { account, packages, posts, profile } = store;
  const isSame =
    equal(secrets.inviteSecret, profile.inviteSecret) &&
    equal(secrets.ownerSecret, profile.ownerSecret);
  if (isSame) return profile;
  const changed = { ...profile, ...secrets };
  const isOwner = !equal(secrets.ownerSecret, profile.ownerSecret);
  for (const { descriptor, isMine } of await account.relays(tx)) {
    if (!isMine) continue;
    await account.retireInvite(tx, descriptor.key, profile);
    await packages.forget(tx, descriptor.key);
    if (isOwner) await packages.replaceShelf(tx, devicePlace(descriptor.key));
  }
  await account.save(tx, changed);
  await account.forgetInboxCursors(tx);
  // Welcomes for devices of one's own lie in an inbox that nobody reads any more.
  await posts.repostTo(tx, store.me, await ownCard(tx, store, changed));
  tx.afterCommit(() => {
    account.renew();
  });
  return changed;
}

/** Make new secrets, and let the other devices and everybody this account talks to know. */
export async function rotateSecrets(tx: Tx, hub: Hub, secrets: Secrets): Promise<void> {
  const { store } = hub;
  const changed = await takeSecrets(tx, store, secrets);
  await announce(tx, hub, { kind: "secrets", ...secrets });
  const part = cardPart(await ownCard(tx, store, changed));
  for (const row of await store.conversations.all(tx))
    if (isDirect(row) && row.state === "active") await hub.compose(tx, row.id, part);
  tx.afterCommit(() => {
    hub.courier?.wake();
  });
}
