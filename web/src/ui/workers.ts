/** The page's service worker, where the browser has any. */

import { signal } from "@preact/signals";

/** A newcomer's slow line belongs to the first conversation; for so long, at most. */
export const GRACE_MS = 20_000;

export function workers(): ServiceWorkerContainer | undefined {
  return (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
}

/** Its registration, once there is one. */
export async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  return workers()?.getRegistration();
}

/** Whether somebody waits for it: then the line is theirs, however slow. */
export const isWanted = signal(false);
/** A browser that may not keep the page has said so by then, or says nothing. */
const PATIENCE_MS = 10_000;

/** Its registration, as soon as there can be one. */
export async function wanted(): Promise<ServiceWorkerRegistration | undefined> {
  isWanted.value = true;
  const late = new Promise<undefined>((resolve) =>
    setTimeout(() => {
      resolve(undefined);
    }, PATIENCE_MS),
  );
  return Promise.race([workers()?.ready, late]);
}
