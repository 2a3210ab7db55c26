/** What a person makes of others: declining, blocking, comparing safety numbers. */

import { type Bytes, equal } from "../bytes.ts";
import { UsageError } from "../errors.ts";
import { accountOf, findContact, findRequest } from "./finding.ts";
import { comparing } from "./later.ts";
import { answered, saveContact } from "./meeting.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import type { Hub } from "./sync/hub.ts";
import { notice } from "./sync/notices.ts";
import { Reception } from "./sync/reception.ts";
import type { Contact, SafetyNumber } from "./values.ts";
import { tellOf } from "./writing.ts";

/** Drop a request; the other side is not told. */
export async function decline(hub: Hub, id: string): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const row = await findRequest(tx, store, id);
    await store.conversations.delete(tx, row.id);
    await answered(tx, hub, row.id, false);
  });
}

/** Block an account: its requests go, its conversation of two ends here. */
export async function block(hub: Hub, account: string): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const contact = await findContact(tx, store, account);
    await saveContact(tx, hub, { ...contact, state: "blocked" });
    for (const row of await store.conversations.all(tx)) {
      const isTheirs = (one: Bytes | null): boolean =>
        one !== null && equal(one, contact.account);
      if (row.state === "request") {
        if (!isTheirs(row.inviter)) continue;
        await store.conversations.delete(tx, row.id);
        await answered(tx, hub, row.id, false);
      } else if (isTheirs(row.peer)) await part(tx, hub, row);
    }
  });
}

async function part(tx: Tx, hub: Hub, row: ConversationRow): Promise<void> {
  const { store } = hub;
  if (row.state !== "active" && row.state !== "leaving") return;
  await store.conversations.change(tx, row.id, { state: "left" });
  const reception = new Reception(tx, store, tellOf(hub));
  const said = notice("left", [store.profile.name]);
  await reception.notice(row, hub.entropy(16), store.me, said, hub.now());
  tx.afterCommit(() => {
    hub.wake(row.id);
  });
}

/** Take a block back; to talk again, one adds the other again. */
export async function unblock(hub: Hub, account: string): Promise<void> {
  const { store } = hub;
  await store.db.write(async (tx) => {
    const contact = await findContact(tx, store, account);
    if (contact.state !== "blocked")
      throw new UsageError("not blocked", { name: contact.name });
    await saveContact(tx, hub, { ...contact, state: "known" });
  });
}

/** Note that safety numbers were compared. */
export async function verify(
  hub: Hub,
  account: string,
  verified: boolean,
): Promise<Contact> {
  const { store } = hub;
  return store.db.write(async (tx) => {
    const contact = { ...(await findContact(tx, store, account)), verified };
    return saveContact(tx, hub, contact);
  });
}

/** The digits to compare with a contact (spec/identity.md §6). */
export async function safetyNumberWith(
  hub: Hub,
  account: string,
): Promise<SafetyNumber> {
  const { store } = hub;
  const contact = await store.db.read(async (tx) =>
    store.contacts.shown(tx, await findContact(tx, store, account)),
  );
  const { safetyNumber } = await comparing();
  return { contact, digits: safetyNumber(store.me, accountOf(account)) };
}
