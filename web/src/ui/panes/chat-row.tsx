/** One row of the chat list. */

import { t } from "../../i18n/index.ts";
import { briefTime } from "../../i18n/figures.ts";
import { noticeText } from "../../i18n/notices.ts";
import type { Conversation, Found, Message } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { State } from "../talk/state.tsx";
import { oneLine, plainName } from "../text/bidi.ts";
import { useLongPress } from "../parts/press.ts";
import { route } from "../route.ts";
import { useWorld, type Typist } from "../world.ts";
import { summary } from "../talk/words.ts";

export type ListedRow =
  | { readonly kind: "chat"; readonly key: string; readonly chat: Conversation }
  | { readonly kind: "found"; readonly key: string; readonly one: Found };

interface Props {
  readonly chat: Conversation;
  readonly isActive: boolean;
  readonly onOpen: () => void;
  readonly onMenu: (x: number, y: number) => void;
}

export function ChatRow({ chat, isActive, onOpen, onMenu }: Props) {
  const world = useWorld();
  const isOpen = route.value.talk === chat.id;
  const typists = world.typing.value.get(chat.id);
  const press = useLongPress(onMenu);
  const time = chat.lastMessage?.time ?? chat.lastActive;
  return (
    <button
      type="button"
      class={`chat-row ${chat.unread > 0 ? "unread" : ""}`}
      data-rove
      tabIndex={isActive ? 0 : -1}
      aria-current={isOpen}
      onClick={onOpen}
      {...press}
    >
      <Avatar
        name={chat.title}
        of={chat.peer?.account ?? chat.id}
        isGroup={chat.kind === "group"}
        size="l"
      />
      <span class="chat-body">
        <span class="chat-top">
          <bdi class="chat-title">{plainName(chat.title)}</bdi>
          {chat.peer?.verified && <Mini icon="shield" label={t("contact.verified")} />}
          {chat.muted && <Mini icon="mute" label={t("chat.muted")} />}
          <time class="chat-time">
            {time > 0 ? briefTime(time, world.now.value) : ""}
          </time>
        </span>
        <span class="chat-bottom">
          <Latest chat={chat} typists={typists} />
          {chat.pinned && chat.unread === 0 && (
            <Mini icon="pin" label={t("chat.pinned")} />
          )}
          {chat.mentioned && (
            <span class="count" aria-label={t("chat.mentioned")} role="img">
              @
            </span>
          )}
          {chat.unread > 0 && (
            <span class={`count ${chat.muted ? "quiet" : ""}`}>
              <span aria-hidden="true">{chat.unread > 999 ? "999+" : chat.unread}</span>
              <span class="hidden">{t("chat.unread", { count: chat.unread })}</span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function Mini({ icon, label }: { icon: "shield" | "mute" | "pin"; label: string }) {
  return (
    <span class={`mini ${icon}`} title={label}>
      <Icon name={icon} size={16} />
      <span class="hidden">{label}</span>
    </span>
  );
}

function Latest(props: { chat: Conversation; typists: readonly Typist[] | undefined }) {
  const { chat, typists } = props;
  const [typist] = typists ?? [];
  if (typist)
    return (
      <span class="chat-last typing">
        {chat.kind === "group"
          ? t("typing.one", { name: plainName(typist.name) })
          : t("typing.peer")}
      </span>
    );
  if (chat.draft !== "")
    return (
      <span class="chat-last">
        <span class="draft">{t("chat.draft")}</span> <bdi>{oneLine(chat.draft)}</bdi>
      </span>
    );
  const last = chat.lastMessage;
  if (!last) return <span class="chat-last">{t("chat.empty")}</span>;
  if (last.notice)
    return (
      <span class="chat-last">{noticeText(last.notice, last.name, last.isMine)}</span>
    );
  return (
    <span class="chat-last">
      {last.isMine && <State message={last} />}
      {chat.kind === "group" && <Author message={last} />}
      <bdi>{summary(last)}</bdi>
    </span>
  );
}

function Author({ message }: { message: Message }) {
  return (
    <span class="author">
      <bdi>{message.isMine ? t("you") : plainName(message.name)}</bdi>
      {": "}
    </span>
  );
}

export function FoundRow(props: {
  readonly one: Found;
  readonly isActive: boolean;
  readonly onOpen: () => void;
}) {
  const { one } = props;
  const world = useWorld();
  const chat = world.conversations.value.get(one.conversation);
  return (
    <button
      type="button"
      class="chat-row"
      data-rove
      tabIndex={props.isActive ? 0 : -1}
      onClick={props.onOpen}
    >
      <Avatar
        name={one.title}
        of={chat?.peer?.account ?? one.conversation}
        isGroup={chat?.kind === "group"}
        size="l"
      />
      <span class="chat-body">
        <span class="chat-top">
          <bdi class="chat-title">{plainName(one.title)}</bdi>
          <time class="chat-time">{briefTime(one.message.time, world.now.value)}</time>
        </span>
        <span class="chat-bottom">
          <span class="chat-last">
            <Author message={one.message} />
            <bdi>{summary(one.message)}</bdi>
          </span>
        </span>
      </span>
    </button>
  );
}
