/** What is seldom changed of an account: its link, name, preferences, relays. */

import { Unreachable } from "../errors.ts";
import { reasonOf } from "../carriers/status.ts";
import { cardPart } from "./core/meaning.ts";
import { checkName, invite, readPass } from "./inviting.ts";
import type { Profile as Secrets } from "./store/accounts.ts";
import { isDirect } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import { ownCard } from "./sync/cards.ts";
import type { Hub } from "./sync/hub.ts";
import { rotateSecrets } from "./sync/secrets.ts";
import { announce } from "./sync/siblings.ts";
import { TooLate, within } from "./sync/waiting.ts";
import type { Preferences } from "./values.ts";

const PUSH_PATIENCE_MS = 15_000;

/** Make a new invite secret; the inboxes destroy what belonged to the old one. */
export async function rotate(hub: Hub): Promise<string> {
  const { store } = hub;
  const { ownerSecret } = store.profile;
  const secrets = { inviteSecret: hub.entropy(32), ownerSecret };
  await store.db.write((tx) => rotateSecrets(tx, hub, secrets));
  return invite(store);
}

/** Change the name others see, in every conversation. */
export async function rename(hub: Hub, name: string): Promise<void> {
  checkName(name);
  const { store } = hub;
  await store.db.write(async (tx) => {
    await store.account.save(tx, { ...store.profile, name });
    await announce(tx, hub, { kind: "name", name });
    for (const row of await store.conversations.all(tx)) {
      if (row.state !== "active") continue;
      await store.wants.add(tx, row.id, { kind: "name", name });
      tx.afterCommit(() => {
        hub.wake(row.id);
      });
    }
  });
}

/** What others are let know, which all devices of the account hold to. */
const told = ["deliveryReceipts", "readReceipts", "typing"] as const;

/** Change what others are let know, and what this device does. */
export async function setPreferences(
  hub: Hub,
  changed: Partial<Preferences>,
): Promise<Preferences> {
  const preferences = { ...hub.store.profile.preferences, ...changed };
  await hub.store.db.write(async (tx) => {
    await hub.store.account.setPreferences(tx, preferences);
    if (told.some((name) => changed[name] !== undefined)) {
      const { deliveryReceipts: delivery, readReceipts: read, typing } = preferences;
      await announce(tx, hub, { kind: "preferences", delivery, read, typing });
    }
    tx.afterCommit(() => {
      hub.tell({ type: "preferences changed", preferences });
    });
  });
  return preferences;
}

/** Use a further relay; everyone this account talks to learns of it. */
export async function addRelay(hub: Hub, text: string): Promise<void> {
  const { relay, token } = readPass(text);
  const { store } = hub;
  await store.db.write(async (tx) => {
    await store.account.rememberRelay(tx, relay, token, true);
    await announce(tx, hub, { kind: "relay", relay, passToken: token });
    await showCard(tx, hub, store.profile);
  });
}

/** Send the account's card to everyone it talks to. */
async function showCard(tx: Tx, hub: Hub, profile: Secrets): Promise<void> {
  const part = cardPart(await ownCard(tx, hub.store, profile));
  for (const row of await hub.store.conversations.all(tx))
    if (isDirect(row) && row.state === "active") await hub.compose(tx, row.id, part);
}

/** The key under which this account's first relay wakes browsers; "" if it wakes none. */
export async function pushKey(hub: Hub): Promise<string> {
  const home = hub.store.account.known.find((one) => one.isMine);
  if (!home) return "";
  const line = hub.line(home.descriptor);
  await within(line.up(), PUSH_PATIENCE_MS, hub.signal).catch((error: unknown) => {
    throw error instanceof TooLate ? new Unreachable(reasonOf(line.status)) : error;
  });
  return hub.watches.keyOf(line);
}
