/**
 * Coming back to a conversation this device was removed from, or could not follow
 * (spec/conversations.md §6.9). The invitation may come before the news of the removal;
 * then it waits, so that nothing in between is left unread.
 */

import { type Bytes, equal } from "../../bytes.ts";
import type { Conversation } from "../core/conversation.ts";
import { packGroup } from "../core/staging.ts";
import { type ConversationRow, isDirect, present } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { ConversationState } from "../values.ts";
import type { Hub } from "./hub.ts";
import { notice } from "./notices.ts";
import { Reception } from "./reception.ts";

/** States in which a conversation is followed. */
export const LIVE: readonly ConversationState[] = ["active", "leaving"];

/** Where an invitation leads, and who sent it. */
export interface WayBack {
  readonly machine: Conversation;
  readonly inviter: Bytes;
  readonly sequence: number;
  readonly envelope: Bytes;
  readonly state: ConversationState;
}

/** Take an invitation into a conversation that is known; say whether it is one. */
export async function offerRejoin(
  tx: Tx,
  hub: Hub,
  row: ConversationRow,
  way: WayBack,
): Promise<boolean> {
  if (!(await goesOn(tx, hub, row, way))) return false;
  if (LIVE.includes(row.state)) {
    const { sequence, envelope } = way;
    const rejoin = { group: packGroup(way.machine.group), sequence, envelope };
    await hub.store.groups.stashRejoin(tx, row.id, rejoin);
  } else await enter(tx, hub, row, way);
  return true;
}

/** Whether a group follows on a conversation, so that nobody can take it over. */
async function goesOn(
  tx: Tx,
  hub: Hub,
  row: ConversationRow,
  { machine, inviter }: WayBack,
): Promise<boolean> {
  const { store } = hub;
  if (machine.group.epoch <= (await store.groups.epoch(tx, row.id))) return false;
  if (machine.info.kind !== row.kind) return false;
  if (equal(inviter, store.me)) return true;
  if (isDirect(row)) return row.peer !== null && equal(inviter, row.peer);
  return (await store.members.find(tx, row.id, inviter))?.isAdmin === true;
}

/** Come back if the old membership has ended and an invitation waits; say whether. */
export async function takeStashed(hub: Hub, conversation: Bytes): Promise<boolean> {
  const { db, groups, conversations } = hub.store;
  const rejoin = await db.read((tx) => groups.stashedRejoin(tx, conversation));
  if (!rejoin) return false;
  const machine = await groups.machineOf(rejoin);
  return db.write(async (tx) => {
    const row = await conversations.row(tx, conversation);
    if (!row || LIVE.includes(row.state)) return false;
    const { sequence, envelope } = rejoin;

    const way = { machine, sequence, envelope, state: "active" } as const;
    await enter(tx, hub, row, { ...way, inviter: row.peer ?? new Uint8Array(0) });
    return true;
  });
}

async function enter(
  tx: Tx,
  hub: Hub,
  row: ConversationRow,
  { machine, inviter, sequence, envelope, state }: WayBack,
): Promise<void> {
  const { store } = hub;
  const isElsewhere = !equal(machine.info.stream, row.stream);
  await store.groups.rejoin(tx, machine, { sequence, envelope }, state);
  await store.account.rememberRelay(tx, machine.info.relay, null, false);
  await store.outbox.unseal(tx, row.id);
  if (isElsewhere) {
    await store.messages.beginPlaces(tx, row.id);
    await store.log.forget(tx, row.id);
  }
  await store.outbox.forgetLeaving(tx, row.id);
  if (state === "active" && !equal(inviter, store.me)) {
    const changed = present(await store.conversations.row(tx, row.id));
    const reception = new Reception(tx, store, (event) => {
      hub.tell(event);
    });
    const back = notice("joined");
    await reception.notice(changed, hub.entropy(16), store.me, back, hub.now());
  }
  tx.afterCommit(() => {
    hub.beginAnew(row.id);
  });
}
