/** The network or the reader is back: then nobody waits for the next try. */

import type { Door } from "../client/door.ts";

/** What tells that it is so: a window and its document. */
export interface Surroundings {
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState: string };
}

/** Try every relay at once when there is a network again, or somebody looks; the answer ends it. */
export function hurryWhenBack(
  door: Pick<Door, "retryNow">,
  { window, document }: Surroundings,
): () => void {
  const hurry = (): void => {
    // Before there is an account, or while it is locked, there is nothing to try.
    door.retryNow().catch(() => undefined);
  };
  const look = (): void => {
    if (document.visibilityState === "visible") hurry();
  };
  window.addEventListener("online", hurry);
  document.addEventListener("visibilitychange", look);
  return () => {
    window.removeEventListener("online", hurry);
    document.removeEventListener("visibilitychange", look);
  };
}
