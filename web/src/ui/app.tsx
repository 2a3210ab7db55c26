/** The whole page: what comes first, then up to three columns. */

import { useEffect } from "preact/hooks";
import { t, worded } from "../i18n/index.ts";
import { Empty, lazy, Waiting } from "./parts/frame.tsx";
import { Questions } from "./parts/dialog.tsx";
import { Mark } from "./parts/icon.tsx";
import { Toasts } from "./parts/toasts.tsx";
import { ChatsPane } from "./panes/chats.tsx";
import { OtherPane } from "./panes/others.tsx";
import { Talk } from "./talk/talk.tsx";
import { route, swap, type Pane, type Side } from "./route.ts";
import { listenForKeys } from "./keys.ts";
import { Warnings } from "./banners.tsx";
import { useWorld } from "./world.ts";
import "./style/index.css";

const Welcome = lazy(async () => (await import("./panes/welcome.tsx")).Welcome);
const Lock = lazy(async () => (await worded(import("./panes/lock.tsx"))).Lock);
const SidePane = lazy(async () => (await worded(import("./panes/side.tsx"))).SidePane);

export function App() {
  const world = useWorld();
  return (
    <>
      <Standing standing={world.standing.value} />
      <Questions />
      <Toasts />
    </>
  );
}

function Standing({ standing }: { standing: string | null }) {
  switch (standing) {
    case null:
      return <Waiting />;
    case "new":
      return <Welcome />;
    case "locked":
      return <Lock />;
    case "unusable":
      return <Unusable sentence="" />;
    default:
      return <Shell />;
  }
}

/** There is no way in: why, as far as it is known. */
export function Unusable({ sentence }: { sentence: string }) {
  return (
    <main class="front">
      <Empty title={t("unusable.title")} text={sentence || t("unusable.text")}>
        <Mark size={72} />
      </Empty>
    </main>
  );
}

function Shell() {
  const world = useWorld();
  const { pane, talk, side, around } = route.value;
  const isGone = talk !== null && !world.conversations.value.has(talk);
  useEffect(() => listenForKeys(), []);
  useEffect(() => {
    if (isGone) swap({ talk: null, side: null });
  }, [isGone]);
  const shown = isGone ? null : talk;
  const front = frontOf(pane, shown, side);
  return (
    <div class={`shell front-${front}`}>
      <Warnings />
      <div class="columns">
        <nav class="left" aria-label={t("nav.chats")}>
          <Left pane={pane} />
        </nav>
        <main class="middle">
          {shown === null ? (
            <NoTalk />
          ) : (
            <Talk key={shown} id={shown} around={around} />
          )}
        </main>
        {shown !== null && side !== null && (
          <aside class="right" aria-label={t("nav.about")}>
            <SidePane key={`${shown} ${side}`} id={shown} side={side} />
          </aside>
        )}
      </div>
    </div>
  );
}

/** Which column a narrow screen shows. */
function frontOf(pane: Pane, talk: string | null, side: Side | null): string {
  if (talk === null || (pane !== "chats" && pane !== "archive" && pane !== "requests"))
    return "left";
  return side === null ? "middle" : "right";
}

function Left({ pane }: { pane: Pane }) {
  return pane === "chats" || pane === "archive" ? (
    <ChatsPane isArchive={pane === "archive"} />
  ) : (
    <OtherPane pane={pane} />
  );
}

function NoTalk() {
  return (
    <Empty title={t("talk.none")} text={t("talk.none.text")}>
      <Mark size={88} />
    </Empty>
  );
}
