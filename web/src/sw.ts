/**
 * The service worker: keeps one whole release and serves the page from it, with or without
 * a network (spec/web.md §3). Nothing of messages passes through it or is kept by it.
 */

import type { Bytes } from "./bytes.ts";
import {
  readRelease,
  ReleaseRefused,
  requireFile,
  requireSuccessor,
  type Release,
} from "./release.ts";

declare const self: ServiceWorkerGlobalScope;

/** A cache of one release is named by this and its code hash. */
const PREFIX = "linnet ";
const MANIFEST = "release.json";
const SIGNATURE = "release.sig";
const SCRIPT = "sw.js";
const HOUR = 3_600_000;
const base = self.registration.scope;

/** Kept only while the worker lives; a new look finds the same again. */
let refused: ReleaseRefused["kind"] | "" = "";
let lastLook = 0;

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(base)) return;
  event.respondWith(serve(request));
});

self.addEventListener("message", (event) => {
  const [port] = event.ports;
  if (event.data === "look") event.waitUntil(look());
  else if (port) event.waitUntil(answer(event.data, port));
});

self.addEventListener("push", (event) => {
  event.waitUntil(announce());
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    openPage((event.notification.data as { open?: unknown } | null)?.open),
  );
});

async function install(): Promise<void> {
  if (await installed()) return;
  await keep(await offered());
}

interface Offer {
  readonly manifest: Bytes;
  readonly signature: Bytes;
  readonly release: Release;
}

/** What the relay serves now, past every cache, with its signature checked. */
async function offered(): Promise<Offer> {
  const manifest = await download(MANIFEST);
  const signature = await download(SIGNATURE);
  return { manifest, signature, release: readRelease(manifest, signature) };
}

async function download(path: string): Promise<Bytes> {
  const answer = await fetch(new URL(path, base), { cache: "no-store" });
  if (!answer.ok) throw new TypeError("The relay does not serve this file.");
  return new Uint8Array(await answer.arrayBuffer());
}

/** See what the relay offers, at most once an hour; take it over whole or not at all. */
async function look(): Promise<void> {
  const known = await installed();
  if (!known || Date.now() - lastLook < HOUR) return;
  lastLook = Date.now();
  try {
    const offer = await offered();
    requireSuccessor(known.release, offer.release);
    if (offer.release.codeHash !== known.release.codeHash) {
      await keep(offer);
      await tell("updated");
    }
    refused = "";
  } catch (error) {
    // A relay that cannot be reached offers nothing: no reason for alarm.
    if (error instanceof ReleaseRefused) refused = error.kind;
  }
  if (refused !== "") await tell({ refused });
}

async function tell(news: "updated" | { refused: string }): Promise<void> {
  for (const client of await self.clients.matchAll()) client.postMessage(news);
}

/** Fetch every file, each against its hash; only then let go of the release before. */
async function keep({ manifest, signature, release }: Offer): Promise<void> {
  const name = PREFIX + release.codeHash;
  const cache = await caches.open(name);
  try {
    for (const path of release.files.keys()) {
      const answer = await fetch(new URL(path, base), { cache: "no-cache" });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      requireFile(release, path, bytes);
      await cache.put(new URL(path, base), kept(bytes, answer.headers));
    }
    await cache.put(new URL(SIGNATURE, base), new Response(signature));
    // Last: a release without its manifest is not whole, and is not used.
    await cache.put(new URL(MANIFEST, base), new Response(manifest));
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
  for (const old of await caches.keys())
    if (old.startsWith(PREFIX) && old !== name) await caches.delete(old);
}

/** The bytes with the headers they came with: the policy of the page is among them. */
function kept(bytes: Bytes, headers: Headers): Response {
  const own = new Headers(headers);
  own.delete("content-encoding");
  own.delete("content-length");
  return new Response(bytes, { headers: own });
}

interface Installed {
  readonly cache: Cache;
  readonly release: Release;
}

/** The release that is kept; null before there is one. */
async function installed(): Promise<Installed | null> {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const cache = await caches.open(name);
    const manifest = await cache.match(new URL(MANIFEST, base));
    const signature = await cache.match(new URL(SIGNATURE, base));
    if (!manifest || !signature) continue;
    const release = readRelease(
      new Uint8Array(await manifest.arrayBuffer()),
      new Uint8Array(await signature.arrayBuffer()),
    );
    return { cache, release };
  }
  return null;
}

async function answer(question: unknown, port: MessagePort): Promise<void> {
  if (question === "release") port.postMessage(await running());
  else if (question === "script") port.postMessage(await isOwnScript());
}

/** What runs, for the person to compare. */
async function running(): Promise<object | null> {
  const known = await installed();
  if (!known) return null;
  const { version, codeHash, key } = known.release;
  return { version, hash: codeHash, key, refused };
}

/**
 * Whether the worker's script that the relay serves now is in a release it may serve.
 * A page asks when the browser installs another script by itself.
 */
async function isOwnScript(): Promise<boolean> {
  try {
    const known = await installed();
    if (!known) return true;
    const { release } = await offered();
    requireSuccessor(known.release, release);
    requireFile(release, SCRIPT, await download(SCRIPT));
    return true;
  } catch (error) {
    return !(error instanceof ReleaseRefused);
  }
}

let current: Cache | null = null;

/** A kept file; else the network, for what is no part of a release. */
async function serve(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const isPage = request.mode === "navigate" && url.pathname === new URL(base).pathname;
  const wanted = isPage ? new URL("index.html", base) : new URL(url.pathname, base);
  current ??= await cacheOf();
  const found =
    (await current?.match(wanted)) ?? (await (await cacheOf())?.match(wanted));
  return found ?? fetch(request);
}

/** The cache of the release, without checking its signature at every file. */
async function cacheOf(): Promise<Cache | null> {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const cache = await caches.open(name);
    if (await cache.match(new URL(MANIFEST, base))) return cache;
  }
  return null;
}

/**
 * Something has come, and that is all there is to know: whatever a push brings, it is not
 * looked at (spec/web.md §5). Who looks at the page sees it there.
 */
async function announce(): Promise<void> {
  const pages = await self.clients.matchAll({
    type: "window",
    includeUncontrolled: true,
  });
  if (pages.some((page) => page.visibilityState === "visible")) return;
  await self.registration.showNotification("Linnet", {
    body: await left(),
    tag: "push",
    icon: "icon-192.png",
    badge: "badge-96.png",
  });
}

/** The words that the page left, in the person's language. */
async function left(): Promise<string> {
  const found = await caches.match(new URL("words", base), { cacheName: "words" });
  return (await found?.text()) ?? "Something new has come";
}

async function openPage(conversation: unknown): Promise<void> {
  const [page] = await self.clients.matchAll({ type: "window" });
  const shown = page ? await page.focus() : await self.clients.openWindow(base);
  shown?.postMessage({ open: conversation });
}
