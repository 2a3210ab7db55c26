/**
 * The service worker: keeps one whole release and serves the page from it, with or without
 * a network. Nothing of messages passes through it or is kept by it.
 */

import {
  judge,
  offeredManifest,
  ReleaseRefused,
  sha256,
  type Judged,
} from "./release.ts";

declare const self: ServiceWorkerGlobalScope;

const PREFIX = "linnet ";
const MANIFEST = "release.json";
const base = self.registration.scope;

let refused = false;

self.addEventListener("install", (event) => {
  event.waitUntil(install().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (!url.href.startsWith(base)) return;
  event.respondWith(serve(event.request, url));
});

self.addEventListener("message", (event) => {
  if (event.data === "look") event.waitUntil(look());
  const [port] = event.ports;
  if (event.data === "release" && port)
    event.waitUntil(
      running().then((release) => {
        port.postMessage(release);
      }),
    );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open((event.notification.data as { open?: unknown } | null)?.open));
});

/** The first release is taken as it comes; later ones only through `look`. */
async function install(): Promise<void> {
  if ((await currentName()) !== null) return;
  const manifest = await offeredManifest(base);
  await keep(manifest, await judge(manifest));
}

/** See what the relay offers; take it over whole, or not at all. */
async function look(): Promise<void> {
  let manifest: Uint8Array<ArrayBuffer>;
  try {
    manifest = await offeredManifest(base);
  } catch {
    return;
  }
  try {
    const judged = await judge(manifest);
    if ((await currentName()) === PREFIX + judged.hash) return;
    await keep(manifest, judged);
    refused = false;
  } catch (error) {
    refused = error instanceof ReleaseRefused;
    return;
  }
  for (const client of await self.clients.matchAll()) client.postMessage("updated");
}

/** Fetch every file, each against its hash, and only then drop the release before. */
async function keep(manifest: Uint8Array<ArrayBuffer>, judged: Judged): Promise<void> {
  const name = PREFIX + judged.hash;
  const cache = await caches.open(name);
  try {
    for (const [path, hash] of Object.entries(judged.release.files)) {
      const answer = await fetch(new URL(path, base), { cache: "no-cache" });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (!answer.ok || (await sha256(bytes)) !== hash)
        throw new ReleaseRefused(
          "A file of the release is not what its manifest says.",
        );
      const headers = new Headers(answer.headers);
      await cache.put(new URL(path, base), new Response(bytes, { headers }));
    }
    await cache.put(new URL(MANIFEST, base), new Response(manifest));
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
  for (const old of await caches.keys())
    if (old.startsWith(PREFIX) && old !== name) await caches.delete(old);
}

async function currentName(): Promise<string | null> {
  for (const name of await caches.keys())
    if (name.startsWith(PREFIX)) {
      const cache = await caches.open(name);
      if (await cache.match(new URL(MANIFEST, base))) return name;
    }
  return null;
}

/** What runs, for the person to compare. */
async function running(): Promise<object | null> {
  const name = await currentName();
  const kept =
    name === null
      ? undefined
      : await (await caches.open(name)).match(new URL(MANIFEST, base));
  if (!kept) return null;
  const { release, hash, isSigned } = await judge(
    new Uint8Array(await kept.arrayBuffer()),
  );
  return { version: release.version, hash, isSigned, refused };
}

/** A kept file; else the network, for what is no part of a release. */
async function serve(request: Request, url: URL): Promise<Response> {
  const name = await currentName();
  if (name !== null) {
    const cache = await caches.open(name);
    const isPage =
      request.mode === "navigate" &&
      (url.href === base || url.pathname.endsWith("/index.html"));
    const wanted = isPage ? new URL("index.html", base) : new URL(url.pathname, base);
    const kept = await cache.match(wanted);
    if (kept) return kept;
  }
  return fetch(request);
}

async function open(conversation: unknown): Promise<void> {
  const [page] = await self.clients.matchAll({ type: "window" });
  const shown = page ? await page.focus() : await self.clients.openWindow(base);
  shown?.postMessage({ open: conversation });
}
