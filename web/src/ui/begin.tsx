/** From a door to screens: everything that stands for as long as the page does. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { DoorError, type Door } from "../client/door.ts";
import { App, Unusable } from "./app.tsx";
import { notifyOf } from "./notify.ts";
import { offered, takeOffered } from "./panes/offered.ts";
import { rememberedLook, wear } from "./panes/look.tsx";
import { Waiting } from "./parts/frame.tsx";
import { hurryWhenBack } from "./reach.ts";
import { followHistory, go, route } from "./route.ts";
import { linkKind } from "./text/paste.ts";
import { explained, toast } from "./toasts.ts";
import { keepWoken } from "./waking.ts";
import { forgetTraces } from "./traces.ts";
import { World, WorldProvider } from "./world.ts";

/** Draw the app into this element; null when there is no way in, and the page says so. */
export async function begin(
  door: Door | Promise<Door>,
  root: Element,
): Promise<World | null> {
  takeOffered();
  window.addEventListener("hashchange", takeOffered);
  followHistory();
  await wear(rememberedLook());
  render(<Waiting />, root);
  try {
    const world = new World(await door);
    await world.open();
    hurryWhenBack(world.door, { window, document });
    follow(world);
    render(
      <WorldProvider value={world}>
        <App />
      </WorldProvider>,
      root,
    );
    return world;
  } catch (error) {
    const sentence = error instanceof DoorError ? await explained(error) : "";
    render(<Unusable sentence={sentence} />, root);
    return null;
  }
}

function follow(world: World): void {
  notifyOf(world);
  keepWoken(world);
  followPreferences(world);
  followOffers(world);
  followErasure(world);
  effect(() => {
    const unread = world.unread.value;
    document.title = unread > 0 ? `(${unread}) Linnet` : "Linnet";
  });
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
    const pane = /pass|road/.test(linkKind(link)) ? "connection" : "add";
    if (route.peek().pane !== pane) go({ pane });
  });
}

/** Once the account is erased, from whatever tab, no tab keeps anything of it. */
function followErasure(world: World): void {
  let isUsed = false;
  effect(() => {
    const standing = world.standing.value;
    if (isUsed && standing === "new")
      void forgetTraces().then(() => {
        location.reload();
      });
    isUsed ||= standing === "open" || standing === "cut off" || standing === "locked";
  });
}
