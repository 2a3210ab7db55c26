/** Puts the tasks of a client together; they begin when the hub is started. */

import { DEVICES } from "./core/info.ts";
import { type Room, statusOf } from "./standing.ts";
import { Clock } from "./sync/clock.ts";
import { Courier } from "./sync/courier.ts";
import { Follower } from "./sync/follower.ts";
import type { Hub } from "./sync/hub.ts";
import { Inbox } from "./sync/inbox.ts";
import { meetOthers } from "./sync/others.ts";
import { Uploads } from "./sync/uploads.ts";

/** Files without a message that are forgotten at a start; what is left waits for the next. */
const MOST_SWEPT = 1000;

/** Make every task an account needs. */
export async function assemble(hub: Hub, room: () => Promise<Room>): Promise<void> {
  const { db, messages, transfers, conversations, devices } = hub.store;
  const rows = await db.read((tx) => conversations.all(tx));
  const listed = await db.read((tx) => devices.all(tx));
  if (listed.length > 1 || rows.some((row) => row.kind === DEVICES)) await meetOthers();
  await db.write(async (tx) => {
    await transfers.offerAgain(tx);
    await transfers.sweep(tx, messages, MOST_SWEPT);
  });
  hub.makeFollower = (conversation) => new Follower(hub, conversation);
  hub.describe = () => statusOf(hub, room);
  hub.courier = new Courier(hub);
  hub.uploads = new Uploads(hub);
  hub.clock = new Clock(hub);
  hub.workers.push(hub.courier, hub.uploads, hub.clock);
  for (const relay of hub.store.account.known)
    if (relay.isMine) hub.workers.push(new Inbox(hub, relay.descriptor.key));
  for (const row of rows) if (row.state !== "request") hub.openConversation(row.id);
  // Added here, or on another device of the account.
  hub.store.account.joined.push((relay) => {
    const inbox = new Inbox(hub, relay);
    hub.workers.push(inbox);
    hub.begin(inbox);
  });
}
