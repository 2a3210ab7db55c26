/** What this origin keeps beside the account: notes, the page's own code, its worker. */

import { endWaking } from "./waking.ts";
import { workers } from "./workers.ts";

/** Forget all of it; what the browser does not let go of stops nothing else. */
export async function forgetTraces(): Promise<void> {
  await endWaking().catch(() => undefined);
  await Promise.allSettled([forgetNotes(), forgetCode(), forgetWorkers()]);
}

function forgetNotes(): Promise<void> {
  return Promise.resolve().then(() => {
    history.replaceState(null, "", location.pathname);
    localStorage.clear();
    sessionStorage.clear();
  });
}

async function forgetCode(): Promise<void> {
  for (const name of await caches.keys()) await caches.delete(name);
}

async function forgetWorkers(): Promise<void> {
  const found = (await workers()?.getRegistrations()) ?? [];
  for (const registration of found) await registration.unregister();
}
