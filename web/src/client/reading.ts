/** What a person reads: pages of messages, and that they were seen. */

import { findConversation, messageOf } from "./finding.ts";
import type { Store } from "./store/home.ts";
import { shownConversation, shownConversations } from "./store/overview.ts";
import type { Edge } from "./store/views.ts";
import type { Hub } from "./sync/hub.ts";
import { announce } from "./sync/siblings.ts";
import type { Conversation, MessageId, Page } from "./values.ts";

const LONGEST_PAGE = 500;

/** The edge of a page, as a face names it. */
export interface NamedEdge {
  readonly before?: MessageId;
  readonly after?: MessageId;
  readonly around?: MessageId;
}

/** Return every conversation, the one with the newest message first. */
export function conversations(store: Store): Promise<readonly Conversation[]> {
  return store.db.read((tx) => shownConversations(tx, store));
}

/** Return one conversation. */
export function conversation(store: Store, id: string): Promise<Conversation> {
  return store.db.read(async (tx) =>
    shownConversation(tx, store, await findConversation(tx, store, id)),
  );
}

/** Return a page of messages, the oldest first. */
export async function history(
  store: Store,
  id: string,
  edge: NamedEdge,
  limit: number,
): Promise<Page> {
  const { before, after, around } = edge;
  const named: Edge = {
    ...(before === undefined ? {} : { before: messageOf(before) }),
    ...(after === undefined ? {} : { after: messageOf(after) }),
    ...(around === undefined ? {} : { around: messageOf(around) }),
  };
  return store.db.read(async (tx) => {
    const row = await findConversation(tx, store, id);
    return store.views.page(tx, row.id, named, bounded(limit));
  });
}

/** Note that everything was seen, and say so if that may be known. */
export async function markRead(hub: Hub, id: string): Promise<void> {
  const { store } = hub;
  const isNew = await store.db.read(async (tx) => {
    const row = await findConversation(tx, store, id);
    return row.arrivals > row.seen;
  });
  if (!isNew) return; // a face asks often; a transaction that writes costs a sync
  await store.db.write(async (tx) => {
    const row = await findConversation(tx, store, id);
    const seen = await store.messages.seeAll(tx, row.id, hub.now());
    await hub.confirm(tx, row, seen, true);
    const newest = row.summary.last?.id;
    if (newest)
      await announce(tx, hub, { kind: "seen", conversation: row.id, message: newest });
    tx.afterCommit(() => {
      hub.clock?.wake();
    });
  });
}

/** As many as may be asked for at once. */
export function bounded(limit: number): number {
  return Math.max(1, Math.min(LONGEST_PAGE, Math.floor(limit) || 1));
}
