/** Members of a group, and what an admin can do with each. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import type { Conversation, Member } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Row } from "../parts/button.tsx";
import { ask } from "../parts/dialog.tsx";
import { Section } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { plainName } from "../text/bidi.ts";
import { go, swap } from "../route.ts";
import { useWorld, type World } from "../world.ts";

export function MemberList({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [menu, setMenu] = useState<{ member: Member; x: number; y: number } | null>(
    null,
  );
  useEffect(() => {
    world.attempt((door) => door.members(chat.id), setMembers);
  }, [chat]);
  const canChange = chat.isAdmin && chat.state === "active";
  return (
    <Section title={t("group.members")}>
      {canChange && (
        <Row
          icon="plus"
          title={t("group.add")}
          onClick={() => {
            go({ side: "invitees" });
          }}
        />
      )}
      {members.map((member) => (
        <MemberRow
          key={member.account}
          member={member}
          onMenu={
            !member.isMe
              ? (x, y) => {
                  setMenu({ member, x, y });
                }
              : null
          }
        />
      ))}
      {menu && (
        <Menu
          label={t("member.menu", { name: plainName(menu.member.name) })}
          at={menu}
          items={[
            talkItem(world, menu.member),
            ...(canChange ? itemsFor(world, chat, menu.member) : []),
          ]}
          onClose={() => {
            setMenu(null);
          }}
        />
      )}
    </Section>
  );
}

function MemberRow(props: {
  readonly member: Member;
  readonly onMenu: ((x: number, y: number) => void) | null;
}) {
  const { member, onMenu } = props;
  const inside = (
    <>
      <Avatar name={member.name} of={member.account} />
      <span class="row-body">
        <span class="row-title">
          <bdi>{member.isMe ? t("you") : plainName(member.name)}</bdi>
          {member.verified && !member.isMe && (
            <span class="mini shield" title={t("contact.verified")}>
              <Icon name="shield" size={16} />
              <span class="hidden">{t("contact.verified")}</span>
            </span>
          )}
        </span>
        <span class="row-sub">{t("member.devices", { count: member.devices })}</span>
      </span>
      {member.isAdmin && <span class="tag">{t("member.admin")}</span>}
    </>
  );
  if (!onMenu) return <div class="row">{inside}</div>;
  return (
    <button
      type="button"
      class="row"
      aria-haspopup="menu"
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onMenu(event.clientX || box.left + 40, event.clientY || box.top + 20);
      }}
    >
      {inside}
    </button>
  );
}

function talkItem(world: World, { account, name }: Member): MenuItem {
  return {
    icon: "pen",
    label: t("member.talk", { name: plainName(name) }),
    act: () => {
      world.attempt(
        (door) => door.talk(account),
        (chat) => {
          swap({ pane: "chats", talk: chat.id, side: null });
        },
      );
    },
  };
}

function itemsFor(
  world: World,
  chat: Conversation,
  member: Member,
): readonly MenuItem[] {
  const name = plainName(member.name);
  return [
    {
      icon: "shield",
      label: t(member.isAdmin ? "member.unmake" : "member.make"),
      act: () => {
        world.attempt((door) =>
          door.setAdmin(chat.id, member.account, !member.isAdmin),
        );
      },
    },
    {
      icon: "trash",
      label: t("member.remove"),
      isBad: true,
      act: () => {
        ask({
          title: t("member.remove.ask", { name }),
          text: t("member.remove.text"),
          yes: t("member.remove"),
          isBad: true,
          then: () => {
            world.attempt((door) => door.removeMember(chat.id, member.account));
          },
        });
      },
    },
  ];
}
