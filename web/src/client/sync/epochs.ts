/** Takes what a commit did into the store: members, notices, invitations, wants that are true now. */

import { type Bytes, equal } from "../../bytes.ts";
import { NO_ENVELOPE } from "../../wire/requests.ts";
import type { Conversation } from "../core/conversation.ts";
import type { Change, EpochChanged } from "../core/outcomes.ts";
import { DEVICES } from "../core/info.ts";
import { likeness } from "../core/likeness.ts";
import { encodePost } from "../core/posts.ts";
import { type ConversationRow, isDirect } from "../store/conversations.ts";
import type { Held } from "../store/log.ts";
import { ownCard } from "./cards.ts";
import type { Hub } from "./hub.ts";
import { actorOf, noticeOf } from "./notices.ts";
import type { Reception } from "./reception.ts";
import { others } from "./others.ts";
import { tellDevices } from "./siblings.ts";

/** Bytes of a device's id; an account has more. */
const DEVICE_BYTES = 8;

/** Take a commit. */
export async function epochChanged(
  hub: Hub,
  reception: Reception,
  row: ConversationRow,
  machine: Conversation,
  outcome: EpochChanged,
  held: Held,
  gone: readonly Bytes[] = [],
): Promise<void> {
  const { tx, store } = reception;
  const names = new Map<Change, string>();
  for (const change of outcome.changes)
    names.set(change, await store.views.name(tx, row.id, change.subject));
  if (outcome.removedMe) {
    const isOwn = outcome.changes.some(
      (one) => isMe(store.me, one.subject) && isMe(store.me, one.actor),
    );
    const state = row.state === "leaving" || isOwn ? "left" : "removed";
    await store.conversations.change(tx, row.id, { state });
    if (row.kind === DEVICES)
      tx.afterCommit(() => {
        store.account.renew();
        reception.tell({ type: "standing changed", standing: "cut off" });
      });
  } else {
    await enter(hub, reception, row, machine, outcome, held);
    if (gone.length > 0) await putOut(hub, reception, outcome, gone);
    if (outcome.changes.some((one) => one.deed === "added"))
      reception.toAsk = [...(await store.log.missed(tx, row.id))];
  }
  for (const change of outcome.changes) await meet(reception, change);
  for (const [order, change] of outcome.changes.entries())
    if (!isFounding(row, change)) {
      const what = noticeOf(change, names.get(change) ?? "");
      await reception.say(row, held, actorOf(change), what, order);
    }
}

/** A conversation of two begins with the other one; that needs no saying. */
function isFounding(row: ConversationRow, change: Change): boolean {
  return isDirect(row) && change.deed === "added";
}

async function enter(
  hub: Hub,
  reception: Reception,
  row: ConversationRow,
  machine: Conversation,
  outcome: EpochChanged,
  held: Held,
): Promise<void> {
  const { tx, store } = reception;
  await invite(hub, reception, row, machine, outcome, held);
  for (const number of outcome.fulfilled) await store.wants.settle(tx, number);
  if (outcome.isMine && row.isRestored)
    await store.conversations.change(tx, row.id, { isRestored: false });
  await store.outbox.unseal(tx, row.id);
  await store.groups.saveCircle(tx, machine);

  if (!outcome.moved) return;
  await store.account.rememberRelay(tx, machine.info.relay, null, false);
  await store.log.forget(tx, row.id);
  await store.messages.beginPlaces(tx, row.id);
  const begin = { sequence: 0, envelope: NO_ENVELOPE, isOnRelay: true };
  await store.conversations.change(tx, row.id, begin);
}

/** Devices of this account were put out of it; whoever did it makes new secrets. */
async function putOut(
  hub: Hub,
  { tx, store, tell }: Reception,
  outcome: EpochChanged,
  gone: readonly Bytes[],
): Promise<void> {
  for (const id of gone) await store.devices.forget(tx, id);
  tellDevices(tx, store, tell);
  // Who was put out knew the old ones.
  const secrets = { inviteSecret: hub.entropy(32), ownerSecret: hub.entropy(32) };
  if (outcome.isMine) await others().rotateSecrets(tx, hub, secrets);
}

async function invite(
  hub: Hub,
  reception: Reception,
  row: ConversationRow,
  machine: Conversation,
  outcome: EpochChanged,
  held: Held,
): Promise<void> {
  const { tx, store } = reception;
  if (!outcome.welcome) return;
  const body = encodePost({
    sender: store.me,
    note: row.note,
    sequence: held.sequence,
    envelope: held.id,
    welcome: outcome.welcome,
    tree: machine.group.exportRatchetTree(),
  });
  for (const number of outcome.invitees) {
    const subject = await store.wants.subject(tx, number);
    if (!subject) continue;
    const isDevice = subject.length === DEVICE_BYTES;
    const recipient = isDevice ? store.me : subject;
    const card = isDevice
      ? await ownCard(tx, store)
      : (await store.contacts.find(tx, subject))?.card;
    if (!card) continue;
    const post = { envelope: hub.entropy(16), conversation: row.id, card, body };
    await store.posts.add(tx, { ...post, recipient }, held.timeMs);
    if (isDevice && row.kind !== DEVICES)
      await others().tellHistory(tx, hub, row, subject);
  }
}

async function meet(reception: Reception, change: Change): Promise<void> {
  const { tx, store } = reception;
  const isNamed = change.deed === "added" || change.deed === "renamed";
  if (!isNamed || isMe(store.me, change.subject)) return;
  await store.contacts.meet(tx, change.subject, change.text);
  if (change.deed !== "renamed") return;
  // Whoever has the old or the new name, too, may be one of two now, or no more.
  const names = [likeness(change.text), likeness(change.was)];
  for (const one of await store.contacts.all(tx)) {
    if (!names.includes(likeness(one.name))) continue;
    const contact = await store.contacts.shown(tx, one);
    tx.afterCommit(() => {
      reception.tell({ type: "contact changed", contact });
    });
  }
}

function isMe(me: Bytes, account: Bytes): boolean {
  return equal(me, account);
}
