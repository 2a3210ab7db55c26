/** A conversation: its bar, its timeline, and where one writes. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t, worded } from "../../i18n/index.ts";
import { span } from "../../i18n/figures.ts";
import type { Conversation, ConversationId, MessageId } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/button.tsx";
import { lazy } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { plainName } from "../text/bidi.ts";
import { back, go, HOME, route, swap, type Side } from "../route.ts";
import { useWorld } from "../world.ts";
import { Desk, DeskProvider, useDesk } from "./desk.ts";
import { Timeline } from "./timeline-view.tsx";
import { Composer } from "./composer.tsx";
import { addFiles } from "./files.ts";

const Viewer = lazy(async () => (await worded(import("./viewer.tsx"))).Viewer);
const MessageMenu = lazy(
  async () => (await worded(import("./message-menu.tsx"))).MessageMenu,
  () => null,
);

export function Talk({ id, around }: { id: ConversationId; around: MessageId | null }) {
  const world = useWorld();
  const desk = useMemo(() => new Desk(world, id), [id]);
  const chat = world.conversations.value.get(id);
  useEffect(() => {
    void desk.open.load(null);
    return () => {
      desk.close();
    };
  }, [desk]);
  useEffect(() => {
    if (around === null) return;
    void desk.jump(around);
  }, [around]);
  useMembers(desk, chat);
  useReading(id);
  if (!chat) return null;
  return (
    <DeskProvider value={desk}>
      <DropZone desk={desk} isOn={chat.state === "active"}>
        <TalkBar chat={chat} />
        <PinnedBar desk={desk} />
        {chat.peer?.state === "asked" && (
          <p class="asked-bar" role="status">
            {t("add.asked")}
          </p>
        )}
        <Timeline chat={chat} />
        <Composer chat={chat} />
        <Menus chat={chat} />
        {desk.viewed.value && (
          <Viewer
            message={desk.viewed.value}
            onClose={() => {
              desk.viewed.value = null;
            }}
          />
        )}
      </DropZone>
    </DeskProvider>
  );
}

/** The menu of messages, from when it was first wanted. */
function Menus({ chat }: { chat: Conversation }) {
  const desk = useDesk();
  const wasWanted = useRef(false);
  wasWanted.current ||= desk.menu.value !== null;
  return wasWanted.current ? <MessageMenu chat={chat} /> : null;
}

/** Members are asked for again whenever the group has changed. */
function useMembers(desk: Desk, chat: Conversation | undefined): void {
  const world = useWorld();
  useEffect(() => {
    if (chat?.kind !== "group") return;
    world.attempt(
      (door) => door.members(desk.id),
      (members) => {
        desk.members.value = members;
      },
    );
  }, [desk, chat?.kind, chat?.memberCount]);
}

/** What is on the screen of somebody who looks is read. */
function useReading(id: ConversationId): void {
  const world = useWorld();
  const unread = world.conversations.value.get(id)?.unread ?? 0;
  useEffect(() => {
    if (unread === 0) return;
    const read = () => {
      if (document.visibilityState === "visible" && document.hasFocus())
        world.attempt((door) => door.markRead(id));
    };
    read();
    window.addEventListener("focus", read);
    return () => {
      window.removeEventListener("focus", read);
    };
  }, [id, unread]);
}

function DropZone(props: {
  desk: Desk;
  isOn: boolean;
  children: preact.ComponentChildren;
}) {
  const [isOver, setIsOver] = useState(false);
  const { desk, isOn } = props;
  return (
    <div
      class={`talk ${isOver ? "dropping" : ""}`}
      onDragOver={(event) => {
        if (!isOn || !event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null))
          setIsOver(false);
      }}
      onDrop={(event) => {
        setIsOver(false);
        if (!isOn || !event.dataTransfer) return;
        event.preventDefault();
        void addFiles(desk, [...event.dataTransfer.files]);
      }}
    >
      {props.children}
      {isOver && (
        <div class="drop-note">
          <Icon name="clip" size={32} />
          {t("talk.drop")}
        </div>
      )}
    </div>
  );
}

function toggle(side: Side): void {
  if (route.value.side === side) back();
  else if (route.value.side === null) go({ side });
  else swap({ side });
}

function TalkBar({ chat }: { chat: Conversation }) {
  return (
    <header class="bar talk-bar">
      <IconButton
        icon="back"
        label={t("nav.back")}
        className="narrow-only"
        onClick={() => {
          back(HOME);
        }}
      />
      <button
        type="button"
        class="talk-who"
        onClick={() => {
          toggle("info");
        }}
      >
        <Avatar
          name={chat.title}
          of={chat.peer?.account ?? chat.id}
          isGroup={chat.kind === "group"}
        />
        <span class="talk-names">
          <span class="talk-title">
            <bdi>{plainName(chat.title)}</bdi>
            {chat.peer?.verified && (
              <span class="mini shield" title={t("contact.verified")}>
                <Icon name="shield" size={16} />
                <span class="hidden">{t("contact.verified")}</span>
              </span>
            )}
          </span>
          <Subtitle chat={chat} />
        </span>
      </button>
      <IconButton
        icon="search"
        label={t("talk.find")}
        onClick={() => {
          toggle("find");
        }}
      />
      <IconButton
        icon="info"
        label={t("talk.info")}
        onClick={() => {
          toggle("info");
        }}
      />
    </header>
  );
}

function Subtitle({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const typists = world.typing.value.get(chat.id) ?? [];
  const [first] = typists;
  if (first) {
    const words =
      chat.kind === "direct"
        ? t("typing.peer")
        : typists.length === 1
          ? t("typing.one", { name: plainName(first.name) })
          : t("typing.many", { count: typists.length });
    return <span class="talk-sub typing">{words}</span>;
  }
  const parts = [
    chat.kind === "group" ? t("talk.members", { count: chat.memberCount }) : "",
    chat.peer?.sameName
      ? t("contact.fingerprint", { digits: chat.peer.fingerprint })
      : "",
    chat.timer > 0 ? t("talk.timer", { span: span(chat.timer) }) : "",
  ].filter((part) => part !== "");
  if (parts.length === 0)
    parts.push(t(chat.peer?.verified ? "talk.verified" : "talk.private"));
  return <span class="talk-sub">{parts.join(" · ")}</span>;
}

/** The newest pinned message; a click goes there. */
function PinnedBar({ desk }: { desk: Desk }) {
  const pinned = desk.open.messages.value.filter(({ pinned }) => pinned).length;
  if (pinned === 0) return null;
  return (
    <button
      type="button"
      class="pinned-bar"
      onClick={() => {
        toggle("pins");
      }}
    >
      <Icon name="pin" size={18} />
      <span>{t("talk.pins", { count: pinned })}</span>
    </button>
  );
}
