/** Any screen of the app, named in the address: `?screen=…&language=…&theme=…`. */

import { begin } from "../../src/ui/begin.tsx";
import { go, type Pane, type Route, type Side } from "../../src/ui/route.ts";
import { everythingTitle, hostileTitle } from "./oddities.ts";
import { act } from "./acts.ts";
import { paint } from "./paint.ts";
import { addTrouble, emptyScene, fullScene } from "./scenes.ts";
import { LATIN, ODD } from "./sample.ts";
import { scriptedDoor, type Scene } from "./scripted.ts";

const asked = new URLSearchParams(location.search);
const screen = asked.get("screen") ?? "chats";
const language = asked.get("language") ?? "en";
const theme = (asked.get("theme") ?? "light") as "light" | "dark";
const isOdd = language.startsWith("pseudo");

history.replaceState(null, "");
localStorage.setItem("linnet look", JSON.stringify({ theme, language }));
const root = document.querySelector("#app");
if (root) await play(root);
document.body.dataset["ready"] = "yes";

async function play(root: Element): Promise<void> {
  const [kind = "", what = "", deed = what] = screen.split("/");
  const isBare = kind === "empty" || kind === "welcome" || kind === "lock";
  const scene = isBare ? emptyScene(isOdd ? ODD : LATIN) : fullScene(isOdd);
  scene.preferences = { ...scene.preferences, theme, language };
  if (kind === "welcome") scene.standing = "new";
  if (kind === "lock") scene.standing = "locked";
  if (kind === "unusable") scene.standing = "unusable";
  if (kind === "trouble" || kind === "pane") addTrouble(scene);
  await paint(scene);
  const door = scriptedDoor(scene);
  await begin(door, root);
  const route = routeOf(scene, kind, what);
  if (route) go(route);
  if (what === "typing" || kind === "chats") tellTyping(scene, door);
  if (what === "linkcode") {
    await new Promise((resolve) => setTimeout(resolve, 600));
    door.tell({ type: "link code", code: "4812 07", device: scene.script.file });
  }
  await act(deed, scene.script);
  if (kind === "trouble") await new Promise((resolve) => setTimeout(resolve, 1_700));
}

function routeOf(scene: Scene, kind: string, what: string): Partial<Route> | null {
  const id = (title: string) =>
    [...scene.conversations.values()].find((one) => one.title === title)?.id ?? null;
  const everything = id(everythingTitle(scene.script));
  const [first = ""] = scene.script.names;
  if (kind === "pane")
    return { pane: (what === "linkcode" ? "link" : what) as Pane, talk: null };
  if (kind === "side") return { talk: everything, side: what as Side };
  if (kind === "contact") return { talk: id(first), side: what as Side };
  if (kind !== "talk") return null;
  if (what === "hostile") {
    const forged = [...scene.conversations.values()].find(
      (one) => one.id === hostileId(scene),
    );
    return { talk: forged?.id ?? null };
  }
  if (what === "long") return { talk: id(first) };
  if (what === "removed") return { talk: id(scene.script.titles[2] ?? "") };
  return { talk: everything };
}

function hostileId(scene: Scene): string | undefined {
  const odd = [...scene.conversations.values()].find(({ peer }) =>
    peer?.name.includes("\u202e"),
  );
  return odd?.id ?? hostileTitle(scene.script);
}

function tellTyping(scene: Scene, door: ReturnType<typeof scriptedDoor>): void {
  const chat = [...scene.conversations.values()].find(({ kind }) => kind === "direct");
  if (!chat?.peer) return;
  const { account, name } = chat.peer;
  door.tell({ type: "typing", conversation: chat.id, account, name, isTyping: true });
}
