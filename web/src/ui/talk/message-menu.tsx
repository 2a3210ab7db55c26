/** What can be done with a message: a row of reactions, then the rest. */

import { useState } from "preact/hooks";
import { t, worded } from "../../i18n/index.ts";
import type { Conversation, Message } from "../../client/values.ts";
import { copy } from "../clipboard.ts";
import { ask } from "../parts/dialog.tsx";
import { lazy } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { plainText } from "../text/bidi.ts";
import { useWorld, type World } from "../world.ts";
import { saveFile } from "../media/save.ts";
import { useDesk, type Desk } from "./desk.ts";

const EmojiDialog = lazy(async () => (await worded(import("./emoji.tsx"))).EmojiDialog);

const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

export function MessageMenu({ chat }: { chat: Conversation }) {
  const desk = useDesk();
  const world = useWorld();
  const [picking, setPicking] = useState<Message | null>(null);
  const place = desk.menu.value;
  const close = () => {
    desk.menu.value = null;
  };
  const react = (message: Message, emoji: string) => {
    const had = message.reactions.some((one) => one.isMine && one.emoji === emoji);
    world.attempt((door) => door.react(chat.id, message.id, had ? "" : emoji));
  };
  if (picking)
    return (
      <EmojiDialog
        onClose={() => {
          setPicking(null);
        }}
        onPick={(emoji) => {
          react(picking, emoji);
          setPicking(null);
        }}
      />
    );
  if (!place) return null;
  const { message } = place;
  const canReact =
    chat.state === "active" && !message.deleted && message.state !== "failed";
  return (
    <Menu
      label={t("message.menu")}
      at={place}
      onClose={close}
      items={itemsFor(message, chat, desk, world)}
    >
      {canReact && (
        <Quick
          message={message}
          onPick={(emoji) => {
            close();
            react(message, emoji);
          }}
          onMore={() => {
            close();
            setPicking(message);
          }}
        />
      )}
      <Reach message={message} chat={chat} />
    </Menu>
  );
}

function Quick(props: {
  readonly message: Message;
  readonly onPick: (emoji: string) => void;
  readonly onMore: () => void;
}) {
  const had = (emoji: string) =>
    props.message.reactions.some((one) => one.isMine && one.emoji === emoji);
  return (
    <div class="quick" role="group" aria-label={t("reaction.group")}>
      {QUICK.map((emoji) => (
        <button
          key={emoji}
          type="button"
          aria-label={t("reaction.with", { emoji })}
          aria-pressed={had(emoji)}
          onClick={() => {
            props.onPick(emoji);
          }}
        >
          {emoji}
        </button>
      ))}
      <button type="button" aria-label={t("reaction.more")} onClick={props.onMore}>
        <Icon name="plus" size={20} />
      </button>
    </div>
  );
}

/** In a group: how many have it, and have read it. */
function Reach({ message, chat }: { message: Message; chat: Conversation }) {
  if (!message.isMine || chat.kind !== "group" || message.deliveredTo === 0)
    return null;
  return (
    <p class="reach">
      {t("message.delivered", { count: message.deliveredTo })} ·{" "}
      {t("message.read", { count: message.readBy })}
    </p>
  );
}

function itemsFor(
  message: Message,
  chat: Conversation,
  desk: Desk,
  world: World,
): readonly MenuItem[] {
  const { id, text, deleted, isMine, attachment, pinned } = message;
  const canWrite = chat.state === "active";
  const isSent = message.state !== "failed";
  const items: (MenuItem | false)[] = [
    canWrite &&
      !deleted &&
      isSent && {
        icon: "reply",
        label: t("message.answer"),
        act: () => {
          desk.answer(message);
        },
      },
    !deleted &&
      text !== "" && {
        icon: "copy",
        label: t("message.copy"),
        act: () => {
          void copy(plainText(text));
        },
      },
    !deleted &&
      text !== "" && {
        icon: "pen",
        label: t("message.select"),
        act: () => {
          select(desk, message);
        },
      },
    canWrite &&
      isMine &&
      !deleted &&
      !attachment &&
      isSent && {
        icon: "pen",
        label: t("message.edit"),
        act: () => {
          desk.edit(message);
        },
      },
    attachment !== null &&
      !deleted && {
        icon: "download",
        label: t("message.save"),
        act: () => {
          void saveFile(world, message);
        },
      },
    canWrite &&
      !deleted &&
      isSent && {
        icon: "pin",
        label: t(pinned ? "message.unpin" : "message.pin"),
        act: () => {
          world.attempt((door) => door.pinMessage(chat.id, id, !pinned));
        },
      },
    isMine && !deleted && deletion(message, world),
  ];
  return items.filter((item) => item !== false);
}

function deletion(message: Message, world: World): MenuItem {
  return {
    icon: "trash",
    label: t("message.delete"),
    isBad: true,
    act: () => {
      ask({
        title: t("message.delete.ask"),
        text: t("message.delete.text"),
        yes: t("message.delete"),
        isBad: true,
        then: () => {
          world.attempt((door) => door.remove(message.conversation, message.id));
        },
      });
    },
  };
}

function select(desk: Desk, message: Message): void {
  desk.selectable.value = message.id;
  requestAnimationFrame(() => {
    const words = document.querySelector(`[data-key="${message.id}"] .words`);
    if (words) document.getSelection()?.selectAllChildren(words);
  });
}
