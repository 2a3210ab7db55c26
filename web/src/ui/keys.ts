/** Keys that work everywhere: search, and Escape as a step back. */

import { signal } from "@preact/signals";
import { back, go, route } from "./route.ts";

/** Grows when the search shall take the keyboard. */
export const searchCalls = signal(0);

/** Listen from now on; the answer ends it. */
export function listenForKeys(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (route.value.pane !== "chats") go({ pane: "chats" });
      searchCalls.value += 1;
    } else if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      const { pane, side, talk } = route.value;
      if (side !== null || pane !== "chats" || talk !== null) {
        event.preventDefault();
        back();
      }
    }
  };
  window.addEventListener("keydown", onKeyDown);
  return () => {
    window.removeEventListener("keydown", onKeyDown);
  };
}
