/** A link that the person came with or clicked, until a screen takes it. */

import { signal } from "@preact/signals";
import { linkIn } from "../text/paste.ts";

export const offered = signal<string | null>(null);

/** Take the link out of the page's address, so that it stays in no history. */
export function takeOffered(): void {
  const link = linkIn(decodeFragment(location.hash));
  if (link === null) return;
  // First: whoever is told of the link takes a step, and the one before would keep it.
  history.replaceState(history.state, "", location.pathname + location.search);
  offered.value = link;
}

function decodeFragment(hash: string): string {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}
