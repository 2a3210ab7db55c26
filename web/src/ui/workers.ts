/** The page's service worker, where the browser has any. */

export function workers(): ServiceWorkerContainer | undefined {
  return (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
}

/** Its registration, once there is one. */
export async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  return workers()?.getRegistration();
}
