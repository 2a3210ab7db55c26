/** Where a running client stands: roads, queues, reasons, room. */

import { type Said, say } from "../sentences/index.ts";
import { equal, hex } from "../bytes.ts";
import type { Line } from "../carriers/line.ts";
import { roadOf, saidOf } from "../carriers/status.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import type { ConversationRow } from "./store/conversations.ts";
import { relayName } from "./store/overview.ts";
import type { Hub } from "./sync/hub.ts";
import type { RelayStatus, Status } from "./values.ts";

/** Seconds that two clocks may differ without anybody being told. */
const CLOCK_SLACK = 60;

/** Bytes this origin keeps, and may keep, as far as the browser says. */
export interface Room {
  readonly used: number;
  readonly room: number;
}

/** Return what is connected, by which road, what is queued and why. */
export async function statusOf(hub: Hub, room: () => Promise<Room>): Promise<Status> {
  const { store } = hub;
  const { counts, posts, rows } = await store.db.read(async (tx) => ({
    counts: await store.outbox.counts(tx),
    posts: await store.posts.pending(tx),
    rows: await store.conversations.all(tx),
  }));
  return {
    relays: relaysOf(hub, rows),
    queued: counts.queued + posts,
    failed: counts.failed,
    connected: hub.lines.some((line) => line.status.type === "connected"),
    ...(await room()),
    clockOff: clockOff(hub),
  };
}

function relaysOf(hub: Hub, rows: readonly ConversationRow[]): readonly RelayStatus[] {
  return hub.store.account.known
    .map(({ descriptor, isMine }) => ({
      descriptor,
      isMine,
      line: hub.lineOf(descriptor.key),
    }))
    .filter(({ isMine, line }) => isMine || line)
    .map((one) => ({
      isMine: one.isMine,
      ...shown(hub, one.descriptor, one.line, rows),
    }));
}

function shown(
  hub: Hub,
  { key, addresses }: RelayDescriptor,
  line: Line | null,
  rows: readonly ConversationRow[],
): Omit<RelayStatus, "isMine"> {
  const here = rows.filter((row) => equal(row.relay, key));
  const status = line?.status ?? null;
  return {
    relay: relayName(key),
    host: addresses[0]?.host ?? "",
    state: stateOf(line),
    road: status?.type === "connected" ? roadOf(status.way) : null,
    why: status ? saidOf(status) : [say("not connected")],
    conversations: here.length,
    queued: here.reduce((sum, row) => sum + row.summary.queued, 0),
    trouble: troubles(hub, hex(key), here),
  };
}

function stateOf(line: Line | null): RelayStatus["state"] {
  switch (line?.status.type) {
    case "connected":
    case "connecting":
    case "waiting":
      return line.status.type;
    case "turned-away":
    case "idle":
    case undefined:
      return "off";
  }
}

/** Why things on a relay do not get on, each sentence once. */
function troubles(
  hub: Hub,
  relay: string,
  here: readonly ConversationRow[],
): readonly Said[] {
  const followers = here.map((row) => hub.followers.get(hex(row.id))?.trouble ?? null);
  // What is of no relay of its own is told with the first of ours.
  const first = hub.store.account.known.find(({ isMine }) => isMine);
  const isFirst = first !== undefined && hex(first.descriptor.key) === relay;
  const workers = hub.workers
    .filter((one) => (one.relay === undefined ? isFirst : one.relay === relay))
    .map((one) => one.trouble);
  const told = [...followers, ...workers].filter((one) => one !== null);
  return [...new Map(told.map((one) => [one.code, one])).values()];
}

function clockOff(hub: Hub): number {
  for (const line of hub.lines) {
    const { relayTime, clockAhead } = line;
    if (relayTime === null || clockAhead === null) continue;
    if (line.status.type !== "connected") continue;
    // The relay's clock was read when the session was opened; time has passed since.
    const since = hub.now() / 1000 - relayTime;
    if (since < -CLOCK_SLACK) return Math.round(since);
    // Whoever has set a clock back that was ahead is told of it no more.
    if (clockAhead > CLOCK_SLACK && since > clockAhead - CLOCK_SLACK)
      return Math.round(clockAhead);
  }
  return 0;
}
