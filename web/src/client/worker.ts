/** Where the client runs: a worker of the page that leads hosts the door in here. */

import { Budget } from "../carriers/budget.ts";
import { dial } from "../carriers/dial.ts";
import { askHome, type Home, pageAt } from "../carriers/home.ts";
import { Line } from "../carriers/line.ts";
import { waysTo } from "../carriers/ways.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import { Client } from "./account.ts";
import type { Room } from "./standing.ts";
import { entropy } from "./store/database.ts";
import { DATABASE } from "./store/disk.ts";
import type { Carriers } from "./sync/hub.ts";
import { host } from "./tabs/hosting.ts";

const origin = new URL(location.origin);

/** The relay that serves this page, once it has said so. */
let home: Home | null = null;

async function homeRelay(): Promise<RelayDescriptor | null> {
  home ??= await askHome(origin);
  return home?.relay ?? null;
}

async function room(): Promise<Room> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { used: usage, room: quota };
}

/** What the other devices of an account call this one, until its owner names it. */
function deviceName(): string {
  const { userAgent } = navigator;
  const browser = /(Firefox|Edg|Chrome|Safari)\//.exec(userAgent)?.[1] ?? "Browser";
  const system = /(Android|iPhone|iPad|Windows|Mac OS|Linux)/.exec(userAgent)?.[1];
  const name = browser === "Edg" ? "Edge" : browser;
  return system ? `${name} on ${system}` : name;
}

const carriers: Carriers = {
  ways: (relay, roads) => waysTo(relay, pageAt(origin, home), roads),
  budget: new Budget(),
  dial,
};

const client = new Client({
  disk: DATABASE,
  room,
  homeRelay,
  deviceName: deviceName(),
  around: {
    now: () => Date.now(),
    entropy,
    carriers,
    lineTo: (relay, pass, changed, roads) => {
      const ways = () => carriers.ways(relay, roads?.() ?? []);
      return new Line({ relay, pass, ...carriers, ways, changed });
    },
  },
});

// Lines that are made later take the page's own origin first, where it is known to lead.
homeRelay().catch(() => null);
host(client, self);
