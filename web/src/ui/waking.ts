/**
 * Being woken while the page is closed (spec/web.md §5). That a browser has a subscription
 * is what says that it is wanted; nothing else keeps it.
 */

import { effect, signal } from "@preact/signals";
import { fromHex, hex } from "../bytes.ts";
import type { Door } from "../client/door.ts";
import { t } from "../i18n/index.ts";
import { mayNotify } from "./notify.ts";
import { registered, wanted } from "./workers.ts";
import type { World } from "./world.ts";

/** The cache, and the name in it, where the service worker finds its words. */
const WORDS = "words";
/** What the service worker shows is marked by this. */
const TAG = "push";
const PATIENCE_MS = 3_000;

/** Whether this browser is to be woken. */
export const isWoken = signal(false);

/** Why it cannot be: the browser, the person's choice in it, the relay, its maker's service. */
export type Hindrance = "browser" | "denied" | "relay" | "service";

/** Let the relay wake this browser; says what stands in the way, if something does. */
export async function beWoken(door: Door): Promise<Hindrance | null> {
  // First what a browser asks only while the person's click is fresh.
  if (!(await mayNotify())) return "denied";
  await wanted();
  const pushes = await manager();
  if (!pushes) return "browser";
  const key = await door.pushKey();
  if (key === "") return "relay";
  let endpoint;
  try {
    ({ endpoint } = await subscribed(pushes, key));
  } catch (error) {
    if (error instanceof DOMException) return "service";
    throw error;
  }
  await leaveWords();
  await door.watch(endpoint, key);
  isWoken.value = true;
  return null;
}

/** Be woken no more: the push service forgets the endpoint, and so does the relay. */
export async function beLeft(door: Door): Promise<void> {
  await endWaking();
  await door.watch("", "");
}

/** End it at the browser alone, as when the account is erased; the rest follows by itself. */
export async function endWaking(): Promise<void> {
  isWoken.value = false;
  if (!(await manager())) return;
  await caches.delete(WORDS);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([late, (await subscription())?.unsubscribe()]);
}

/** Keep it up for as long as the page is open; the answer to every visit. */
export function keepWoken(world: World): void {
  effect(() => {
    if (world.standing.value === "open") renew(world.door).catch(() => undefined);
  });
  document.addEventListener("visibilitychange", () => {
    const isSeen = document.visibilityState === "visible";
    (isSeen ? closeShown() : leaveWords()).catch(() => undefined);
  });
  closeShown().catch(() => undefined);
}

async function renew(door: Door): Promise<void> {
  const known = await subscription();
  const buffer = known?.options.applicationServerKey;
  isWoken.value = known !== null && buffer !== null;
  if (!known || !buffer) return;
  const key = hex(new Uint8Array(buffer));
  await door.watch(known.endpoint, key);
  const now = await door.pushKey();
  // The account has moved to another relay.
  if (now !== "" && now !== key) await beWoken(door);
}

async function manager(): Promise<PushManager | undefined> {
  return ((await registered()) as { pushManager?: PushManager } | undefined)
    ?.pushManager;
}

async function subscription(): Promise<PushSubscription | null> {
  return (await (await manager())?.getSubscription()) ?? null;
}

/** A subscription under this key; a browser has one at a time. */
async function subscribed(pushes: PushManager, key: string): Promise<PushSubscription> {
  const known = await pushes.getSubscription();
  const buffer = known?.options.applicationServerKey;
  if (known && buffer && hex(new Uint8Array(buffer)) === key) return known;
  await known?.unsubscribe();
  const applicationServerKey = fromHex(key);
  return pushes.subscribe({ userVisibleOnly: true, applicationServerKey });
}

async function leaveWords(): Promise<void> {
  if (!(await subscription())) return;
  const cache = await caches.open(WORDS);
  await cache.put(WORDS, new Response(t("push.body")));
}

async function closeShown(): Promise<void> {
  if (document.visibilityState !== "visible") return;
  const shown = (await (await registered())?.getNotifications({ tag: TAG })) ?? [];
  for (const one of shown) one.close();
}
