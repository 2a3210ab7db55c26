/** The timeline on the screen: rows of which only those in sight are drawn. */

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { dayOf, dayTitle, fullTime } from "../../i18n/figures.ts";
import { noticeText } from "../../i18n/notices.ts";
import type { Conversation } from "../../client/values.ts";
import { VirtualList } from "../list/virtual.tsx";
import { useRoving } from "../list/rove.ts";
import { IconButton } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { Waiting } from "../parts/frame.tsx";
import { plainName } from "../text/bidi.ts";
import { say } from "../toasts.ts";
import { useWorld } from "../world.ts";
import { useDesk } from "./desk.ts";
import { rowsOf, type TalkRow } from "./rows.ts";
import { Bubble } from "./bubble.tsx";
import { summary } from "./words.ts";

const isMessage = (row: { key: string }) => "message" in row;

export function Timeline({ chat }: { chat: Conversation }) {
  const desk = useDesk();
  const messages = desk.open.messages.value;
  const unread = desk.open.unread.value;
  const rows = useMemo(() => rowsOf(messages, unread, dayOf), [messages, unread]);
  const rove = useRoving(rows, desk.list, "last", isMessage);
  const [isAtEnd, setIsAtEnd] = useState(true);
  useSpokenArrivals(chat);
  useFollowOwn();
  const onStart = useCallback(() => void desk.open.older(), [desk]);
  const onEnd = useCallback(() => void desk.open.newer(), [desk]);
  const draw = useCallback(
    (row: TalkRow) => (
      <DrawnRow row={row} chat={chat} isActive={rove.active === row.key} />
    ),
    [chat, rove.active],
  );
  if (!desk.open.isLoaded.value) return <Waiting />;
  const hasEnd = isAtEnd && !desk.open.hasNewer.value;
  return (
    <div class="timeline" onKeyDown={rove.onKeyDown}>
      <VirtualList
        rows={rows}
        guess={guess}
        draw={draw}
        sticksTo="end"
        from={unread.from === null ? null : "unread"}
        label={t("talk.messages")}
        onStart={onStart}
        onEnd={onEnd}
        onAtEnd={setIsAtEnd}
        port={desk.list}
        className="messages"
      />
      {!hasEnd && (
        <div class="to-end">
          <IconButton
            icon="down"
            label={t("talk.toEnd")}
            onClick={() => {
              void toEnd();
            }}
          />
          {chat.unread > 0 && <span class="count">{chat.unread}</span>}
        </div>
      )}
    </div>
  );

  async function toEnd(): Promise<void> {
    if (desk.open.hasNewer.value) await desk.open.load(null);
    desk.list.current?.toEnd();
  }
}

/** A height before it is measured: near enough that the scrollbar does not jump. */
function guess(row: TalkRow): number {
  if (row.kind !== "message") return 44;
  const { text, attachment, reactions, replyTo } = row.message;
  const lines = Math.min(
    24,
    Math.ceil(text.length / 42) + text.split("\n", 24).length - 1,
  );
  const media = attachment ? (attachment.media.width ? 260 : 70) : 0;
  return 34 + lines * 21 + media + (reactions.length > 0 ? 30 : 0) + (replyTo ? 50 : 0);
}

function DrawnRow(props: { row: TalkRow; chat: Conversation; isActive: boolean }) {
  const { row, chat, isActive } = props;
  const world = useWorld();
  switch (row.kind) {
    case "day":
      return (
        <div class="day">
          <time>{dayTitle(row.time, world.now.value)}</time>
        </div>
      );
    case "unread":
      return <div class="unread-line">{t("talk.unread", { count: row.count })}</div>;
    case "notice": {
      const { notice, name, isMine, time } = row.message;
      if (!notice) return null;
      const isLoud = [
        "rewound",
        "refused commit",
        "refused want",
        "identity changed",
        "device cut off",
        "stranded",
      ];
      return (
        <div
          class={`notice ${isLoud.includes(notice.kind) ? "loud" : ""}`}
          title={fullTime(time)}
        >
          {isLoud.includes(notice.kind) && <Icon name="alert" size={18} />}
          <span>{noticeText(notice, name, isMine)}</span>
        </div>
      );
    }
    case "message":
      return <Bubble row={row} chat={chat} isActive={isActive} />;
  }
}

/** What arrives in the open conversation is read out. */
function useSpokenArrivals(chat: Conversation): void {
  const world = useWorld();
  useEffect(
    () =>
      world.listen((event) => {
        if (event.type !== "message received") return;
        const { message } = event;
        if (message.conversation !== chat.id || message.notice) return;
        say(
          t("message.spoken", {
            name: plainName(message.name),
            text: summary(message),
          }),
        );
      }),
    [chat.id],
  );
}

/** Whoever has just written wants to see it, wherever they had been reading. */
function useFollowOwn(): void {
  const desk = useDesk();
  const world = useWorld();
  const last = useRef<string | null>(null);
  useEffect(
    () =>
      world.listen((event) => {
        if (event.type !== "message sent" || event.message.conversation !== desk.id)
          return;
        if (last.current === event.message.id) return;
        last.current = event.message.id;
        desk.open.dropUnreadLine();
        if (desk.open.hasNewer.value) void desk.open.load(null);
        desk.list.current?.toEnd();
      }),
    [desk],
  );
}
