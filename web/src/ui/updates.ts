/** The page's side of its service worker: registration, updates, and what it runs. */

import { effect, signal } from "@preact/signals";
import { t, type Key } from "../i18n/index.ts";
import { ask } from "./parts/dialog.tsx";
import { GRACE_MS, isWanted, registered, workers } from "./workers.ts";
import type { World } from "./world.ts";

/** What the service worker says of the code that this page came from. */
export interface RunningRelease {
  readonly version: string;
  /** SHA-256 of the release manifest, which lists the hash of every file. */
  readonly hash: string;
  /** Who signed it: 64 hexadecimal digits. */
  readonly key: string;
  /** Why the newest offer was not taken over; "" where nothing is wrong. */
  readonly refused: string;
}

/** Something is wrong with the code that the relay serves: the sentence that says it. */
export const codeWarning = signal<Key | "">("");

/** Why an offered version was not taken, by what the service worker calls the reason. */
export function refusalWords(kind: string): Key {
  if (kind === "older") return "about.older";
  return kind === "other file" ? "about.file" : "about.refused";
}

/** Register the worker and offer what is new; nothing happens where there is none. */
export async function keepUpdated(world: World | null): Promise<void> {
  const container = workers();
  if (!container || import.meta.env.DEV) return;
  if (!container.controller && world) await firstTalk(world);
  container.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (data === "updated") offer();
    const kind = (data as { refused?: unknown } | null)?.refused;
    if (typeof kind === "string") codeWarning.value = refusalWords(kind);
  });
  const registration = await container.register("sw.js", {
    scope: "./",
    updateViaCache: "none",
  });
  registration.addEventListener("updatefound", () => {
    judgeScript(registration).catch(() => undefined);
  });
  (await container.ready).active?.postMessage("look");
}

/** Resolves once there is a conversation or a wish, or when it has taken too long. */
async function firstTalk(world: World): Promise<void> {
  let stop = (): void => undefined;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GRACE_MS);
    stop = effect(() => {
      if (world.conversations.value.size === 0 && !isWanted.value) return;
      clearTimeout(timer);
      resolve();
    });
  });
  stop();
}

/**
 * The browser installs another worker by itself; no page can forbid it. One that is not of
 * a release by the same people is let go of, loudly (spec/web.md §3.4).
 */
async function judgeScript(registration: ServiceWorkerRegistration): Promise<void> {
  const before = registration.active;
  if (!before || (await question(before, "script")) !== false) return;
  codeWarning.value = "about.script";
  await registration.unregister();
}

function offer(): void {
  ask({
    title: t("update.title"),
    text: t("update.text"),
    yes: t("update.do"),
    then: () => {
      location.reload();
    },
  });
}

/** Ask the worker what runs; null where no worker answers. */
export async function askWorker(): Promise<RunningRelease | null> {
  const worker = (await registered())?.active;
  return worker ? ((await question(worker, "release")) as RunningRelease | null) : null;
}

function question(worker: ServiceWorker, asked: string): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(null);
    }, 15_000);
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      port1.close();
      resolve(data);
    };
    worker.postMessage(asked, [port2]);
  });
}
