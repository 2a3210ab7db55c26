/** What can be done with a conversation from its row. */

import { t } from "../../i18n/index.ts";
import type { Conversation } from "../../client/values.ts";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { ask } from "../parts/dialog.tsx";
import { useWorld, type World } from "../world.ts";

const WRITABLE: readonly string[] = ["request", "active"];

export function ChatMenu(props: {
  readonly chat: Conversation;
  readonly at: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
}) {
  const world = useWorld();
  const { chat, at, onClose } = props;
  return (
    <Menu
      label={t("chat.menu", { name: chat.title })}
      at={at}
      items={itemsOf(world, chat)}
      onClose={onClose}
    />
  );
}

function itemsOf(world: World, chat: Conversation): readonly MenuItem[] {
  const { id, pinned, muted, archived, unread } = chat;
  const items: MenuItem[] = [
    {
      icon: "pin",
      label: t(pinned ? "chat.unpin" : "chat.pin"),
      act: () => {
        world.attempt((door) => door.setPinned(id, !pinned));
      },
    },
    {
      icon: muted ? "bell" : "mute",
      label: t(muted ? "chat.unmute" : "chat.mute"),
      act: () => {
        world.attempt((door) => door.setMuted(id, !muted));
      },
    },
    {
      icon: "archive",
      label: t(archived ? "chat.unarchive" : "chat.archive"),
      act: () => {
        world.attempt((door) => door.setArchived(id, !archived));
      },
    },
  ];
  if (unread > 0)
    items.unshift({
      icon: "checks",
      label: t("chat.read"),
      act: () => {
        world.attempt((door) => door.markRead(id));
      },
    });
  if (!WRITABLE.includes(chat.state)) items.push(forgetItem(world, chat));
  return items;
}

/** Forget a conversation that is over. */
export function forgetItem(world: World, chat: Conversation): MenuItem {
  return {
    icon: "trash",
    label: t("chat.forget"),
    isBad: true,
    act: () => {
      ask({
        title: t("chat.forget.ask", { name: chat.title }),
        text: t("chat.forget.text"),
        yes: t("chat.forget"),
        isBad: true,
        then: () => {
          world.attempt((door) => door.forget(chat.id));
        },
      });
    },
  };
}
