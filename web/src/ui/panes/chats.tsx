/** The chat list: search, requests, archive, and every conversation. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { t, worded } from "../../i18n/index.ts";
import type { Conversation, Found } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton, Row, Button } from "../parts/button.tsx";
import { Column, Empty, lazy } from "../parts/frame.tsx";
import { Icon, Mark } from "../parts/icon.tsx";
import { VirtualList, type ListPort } from "../list/virtual.tsx";
import { useRoving } from "../list/rove.ts";
import { StatusBanners } from "../banners.tsx";
import { searchCalls } from "../keys.ts";
import { back, go, openTalk } from "../route.ts";
import { useWorld } from "../world.ts";
import { ChatRow, FoundRow, type ListedRow } from "./chat-row.tsx";

const ChatMenu = lazy(
  async () => (await worded(import("./chat-menu.tsx"))).ChatMenu,
  () => null,
);

const ROW = 72;

export function ChatsPane({ isArchive }: { isArchive: boolean }) {
  const world = useWorld();
  const [words, setWords] = useState("");
  const profile = world.profile.value;
  const list = isArchive ? world.archive.value : world.chats.value;
  if (isArchive)
    return (
      <Column
        title={t("chats.archive")}
        onBack={() => {
          back();
        }}
      >
        <ChatList chats={list} found={[]} label={t("chats.archive")} />
      </Column>
    );
  return (
    <div class="column">
      <header class="bar">
        <button
          type="button"
          class="avatar-button"
          title={t("nav.settings")}
          onClick={() => {
            go({ pane: "settings" });
          }}
        >
          <span class="hidden">{t("nav.settings")}</span>
          {profile && <Avatar name={profile.name} of={profile.account} size="m" />}
        </button>
        <h1 class="bar-title brand">
          <Mark size={28} /> <span translate={false}>Linnet</span>
        </h1>
        <IconButton
          icon="qr"
          label={t("nav.invite")}
          onClick={() => {
            go({ pane: "invite" });
          }}
        />
        <IconButton
          icon="pen"
          label={t("nav.new")}
          className="accent"
          onClick={() => {
            go({ pane: "new" });
          }}
        />
      </header>
      <SearchField words={words} onInput={setWords} />
      <StatusBanners />
      {words.trim() === "" ? <Overview chats={list} /> : <Results words={words} />}
    </div>
  );
}

function SearchField(props: { words: string; onInput: (words: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const calls = searchCalls.value;
  useEffect(() => {
    if (calls > 0) input.current?.focus();
  }, [calls]);
  return (
    <div class="search" role="search">
      <Icon name="search" size={20} />
      <input
        ref={input}
        type="search"
        dir="auto"
        placeholder={t("chats.search")}
        aria-label={t("chats.search")}
        value={props.words}
        onInput={(event) => {
          props.onInput(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || props.words === "") return;
          event.preventDefault();
          event.stopPropagation();
          props.onInput("");
        }}
      />
    </div>
  );
}

function Overview({ chats }: { chats: readonly Conversation[] }) {
  const world = useWorld();
  const requests = world.requests.value.length;
  const archived = world.archive.value.length;
  const isEmpty = chats.length === 0 && requests === 0 && archived === 0;
  return (
    <>
      {requests > 0 && (
        <Row
          icon="person"
          title={t("chats.requests", { count: requests })}
          onClick={() => {
            go({ pane: "requests" });
          }}
          leads
        />
      )}
      {archived > 0 && (
        <Row
          icon="archive"
          title={t("chats.archive")}
          end={<span class="count quiet">{archived}</span>}
          onClick={() => {
            go({ pane: "archive" });
          }}
          leads
        />
      )}
      {isEmpty && world.isLoaded.value ? (
        <Empty title={t("chats.none")} text={t("chats.none.text")}>
          <Mark size={72} />
          <div class="stack">
            <Button
              kind="main"
              icon="qr"
              label={t("chats.none.invite")}
              onClick={() => {
                go({ pane: "invite" });
              }}
            />
            <Button
              icon="link"
              label={t("chats.none.add")}
              onClick={() => {
                go({ pane: "add" });
              }}
            />
          </div>
        </Empty>
      ) : (
        <ChatList chats={chats} found={[]} label={t("nav.chats")} />
      )}
    </>
  );
}

/** Conversations whose title has the words, then messages that have them. */
function Results({ words }: { words: string }) {
  const world = useWorld();
  const [found, setFound] = useState<readonly Found[]>([]);
  const [isDone, setIsDone] = useState(false);
  useEffect(() => {
    setIsDone(false);
    let isWanted = true;
    const timer = setTimeout(() => {
      world.attempt(
        (door) => door.search(words, null, 60),
        (answer) => {
          if (!isWanted) return;
          setFound(answer);
          setIsDone(true);
        },
      );
    }, 150);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [words]);
  const wanted = words.trim().toLocaleLowerCase();
  const chats = [...world.chats.value, ...world.archive.value].filter(({ title }) =>
    title.toLocaleLowerCase().includes(wanted),
  );
  if (isDone && chats.length + found.length === 0)
    return <Empty title={t("search.none")} text={t("search.none.text")} />;
  return <ChatList chats={chats} found={found} label={t("chats.results")} />;
}

interface ListProps {
  readonly chats: readonly Conversation[];
  readonly found: readonly Found[];
  readonly label: string;
}

function ChatList({ chats, found, label }: ListProps) {
  const port = useRef<ListPort>(null);
  const [menu, setMenu] = useState<{ chat: Conversation; x: number; y: number } | null>(
    null,
  );
  const rows: readonly ListedRow[] = [
    ...chats.map((chat) => ({ kind: "chat" as const, key: chat.id, chat })),
    ...found.map((one) => ({ kind: "found" as const, key: `f${one.message.id}`, one })),
  ];
  const rove = useRoving(rows, port, "first");
  const guess = useCallback(() => ROW, []);
  return (
    <div class="chat-list" onKeyDown={rove.onKeyDown}>
      <VirtualList
        rows={rows}
        guess={guess}
        sticksTo="start"
        label={label}
        port={port}
        draw={(row) =>
          row.kind === "chat" ? (
            <ChatRow
              chat={row.chat}
              isActive={rove.active === row.key}
              onOpen={() => {
                rove.setActive(row.key);
                openTalk(row.chat.id);
              }}
              onMenu={(x, y) => {
                setMenu({ chat: row.chat, x, y });
              }}
            />
          ) : (
            <FoundRow
              one={row.one}
              isActive={rove.active === row.key}
              onOpen={() => {
                openTalk(row.one.conversation, row.one.message.id);
              }}
            />
          )
        }
      />
      {menu && (
        <ChatMenu
          chat={menu.chat}
          at={menu}
          onClose={() => {
            setMenu(null);
          }}
        />
      )}
    </div>
  );
}
