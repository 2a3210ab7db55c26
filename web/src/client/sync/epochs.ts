/** Takes what a commit did into the store: members, notices, invitations, wants that are true now. */

import { type Bytes, equal } from "../../bytes.ts";
import { NO_ENVELOPE } from "../../wire/requests.ts";
import type { Conversation } from "../core/conversation.ts";
import type { Change, EpochChanged } from "../core/outcomes.ts";
import { encodePost } from "../core/posts.ts";
import { type ConversationRow, isDirect } from "../store/conversations.ts";
import type { Held } from "../store/log.ts";
import type { Hub } from "./hub.ts";
import { actorOf, noticeOf } from "./notices.ts";
import type { Reception } from "./reception.ts";

/** Take a commit. */
export async function epochChanged(
  hub: Hub,
  reception: Reception,
  row: ConversationRow,
  machine: Conversation,
  outcome: EpochChanged,
  held: Held,
): Promise<void> {
  const { tx, store } = reception;
  const names = new Map<Change, string>();
  for (const change of outcome.changes)
    names.set(change, await store.views.name(tx, row.id, change.subject));
  if (outcome.removedMe) {
    const state = row.state === "leaving" ? "left" : "removed";
    await store.conversations.change(tx, row.id, { state });
  } else {
    await enter(hub, reception, row, machine, outcome, held);
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
    const account = await store.wants.subject(tx, number);
    const card = account && (await store.contacts.find(tx, account))?.card;
    if (!account || !card) continue;
    const envelope = hub.entropy(16);
    const post = { envelope, conversation: row.id, recipient: account, card, body };
    await store.posts.add(tx, post, held.timeMs);
  }
}

async function meet(reception: Reception, change: Change): Promise<void> {
  const { tx, store } = reception;
  const isNamed = change.deed === "added" || change.deed === "renamed";
  if (!isNamed || isMe(store.me, change.subject)) return;
  const met = await store.contacts.meet(tx, change.subject, change.text);
  if (change.deed !== "renamed") return;
  const contact = await store.contacts.shown(tx, met);
  tx.afterCommit(() => {
    reception.tell({ type: "contact changed", contact });
  });
}

function isMe(me: Bytes, account: Bytes): boolean {
  return equal(me, account);
}
