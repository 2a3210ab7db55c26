/** From a door to screens: everything that stands for as long as the page does. */

import { effect } from "@preact/signals";
import { render } from "preact";
import type { Door } from "../client/door.ts";
import { App } from "./app.tsx";
import { notifyOf } from "./notify.ts";
import { offered, takeOffered } from "./panes/offered.ts";
import { rememberedLook, wear } from "./panes/look.tsx";
import { followHistory, go, route } from "./route.ts";
import { linkKind } from "./text/paste.ts";
import { toast } from "./toasts.ts";
import { World, WorldProvider } from "./world.ts";

/** Draw the app into this element; the answer is when it first shows something. */
export async function begin(door: Promise<Door>, root: Element): Promise<World> {
  takeOffered();
  window.addEventListener("hashchange", takeOffered);
  followHistory();
  await wear(rememberedLook());
  const world = new World(await door);
  await world.open();
  notifyOf(world);
  followPreferences(world);
  followOffers(world);
  effect(() => {
    const unread = world.unread.value;
    document.title = unread > 0 ? `(${unread}) Linnet` : "Linnet";
  });
  render(
    <WorldProvider value={world}>
      <App />
    </WorldProvider>,
    root,
  );
  return world;
}

/** The account's own look, once it is open; changes come from its other devices too. */
function followPreferences(world: World): void {
  effect(() => {
    const preferences = world.preferences.value;
    if (!preferences) return;
    const { theme, language } = preferences;
    const known = rememberedLook();
    if (known.theme !== theme || known.language !== language)
      wear({ theme, language }).catch(toast);
  });
}

/** An invite that the page was opened with leads to the screen that takes it. */
function followOffers(world: World): void {
  effect(() => {
    const link = offered.value;
    if (link === null || world.standing.value !== "open") return;
    const pane = linkKind(link) === "pass" ? "connection" : "add";
    if (route.peek().pane !== pane) go({ pane });
  });
}
