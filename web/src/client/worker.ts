/** Where the client runs: a worker of the page that leads hosts the door in here. */

import { dial } from "../carriers/dial.ts";
import { Line } from "../carriers/line.ts";
import { waysTo } from "../carriers/ways.ts";
import { MAX_LINK } from "../wire/tables.ts";
import { parsePassLink, type RelayDescriptor } from "../wire/links.ts";
import { Client } from "./account.ts";
import type { Room } from "./standing.ts";
import { entropy } from "./store/database.ts";
import { DATABASE } from "./store/disk.ts";
import { host } from "./tabs/hosting.ts";

const HOME_MS = 5000;

/** The relay that serves this page, once it is known. */
let home: RelayDescriptor | null = null;

/** The pass by which a relay that is open to all lets its page's visitors in; or "". */
async function homePass(): Promise<string> {
  try {
    const url = new URL("/home", location.href);
    const answer = await fetch(url, { signal: AbortSignal.timeout(HOME_MS) });
    const text = answer.ok ? (await answer.text()).trim() : "";
    if (text.length > MAX_LINK || !text.startsWith("linnet:")) return "";
    home = parsePassLink(text).relay;
    return text;
  } catch {
    return ""; // offline, or served from elsewhere
  }
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

const client = new Client({
  disk: DATABASE,
  room,
  homePass,
  deviceName: deviceName(),
  around: {
    now: () => Date.now(),
    entropy,
    lineTo: (relay, pass, changed) => {
      const isSecure = location.protocol === "https:";
      return new Line({
        relay,
        pass,
        ways: waysTo(relay, { isSecure, home }),
        dial,
        changed,
      });
    },
  },
});

host(client, self);
