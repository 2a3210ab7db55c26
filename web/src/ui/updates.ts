/** The page's side of its service worker: registration, updates, and what it runs. */

import { t } from "../i18n/index.ts";
import { ask } from "./parts/dialog.tsx";

/** What the service worker says of the code that this page came from. */
export interface RunningRelease {
  readonly version: string;
  /** SHA-256 of the release manifest, which lists the hash of every file. */
  readonly hash: string;
  readonly isSigned: boolean;
  /** A newer one was offered and its signature did not hold. */
  readonly refused: boolean;
}

function container(): ServiceWorkerContainer | undefined {
  return (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
}

/** Register the worker and offer what is new; nothing happens where there is none. */
export async function keepUpdated(): Promise<void> {
  const workers = container();
  if (!workers || import.meta.env.DEV) return;
  workers.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (data === "updated") offer();
  });
  await workers.register("sw.js", { scope: "./", updateViaCache: "none" });
  (await workers.ready).active?.postMessage("look");
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
  const worker = (await container()?.getRegistration())?.active;
  if (!worker) return null;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(null);
    }, 3_000);
    port1.onmessage = ({ data }: MessageEvent<RunningRelease | null>) => {
      clearTimeout(timer);
      port1.close();
      resolve(data);
    };
    worker.postMessage("release", [port2]);
  });
}
