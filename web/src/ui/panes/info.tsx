/** About a conversation: the person or the group, and everything that can be changed. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { span } from "../../i18n/figures.ts";
import type { Contact, Conversation } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Button, Choice, Row, Switch } from "../parts/button.tsx";
import { ask } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { Column, Section } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { plainName } from "../text/bidi.ts";
import { back, go } from "../route.ts";
import { useWorld } from "../world.ts";
import { forgetItem } from "./chat-menu.tsx";
import { MemberList } from "./members.tsx";
import { askToBlock } from "./requests.tsx";

const TIMERS = [0, 30, 300, 3_600, 28_800, 86_400, 604_800, 2_419_200];

export function InfoSide({ chat }: { chat: Conversation }) {
  const isGroup = chat.kind === "group";
  return (
    <Column
      title={t(isGroup ? "info.group" : "info.contact")}
      onBack={() => {
        back({ talk: chat.id });
      }}
      isSide
    >
      <div class="me">
        <Avatar
          name={chat.title}
          of={chat.peer?.account ?? chat.id}
          isGroup={isGroup}
          size="xl"
        />
        <bdi class="me-name">{plainName(chat.title)}</bdi>
        {chat.peer && (
          <span class="fingerprint">
            {t("contact.fingerprint", { digits: chat.peer.fingerprint })}
          </span>
        )}
        {isGroup && (
          <span class="quiet">{t("talk.members", { count: chat.memberCount })}</span>
        )}
      </div>
      {chat.peer && <Identity contact={chat.peer} />}
      <Settings chat={chat} />
      {isGroup && <Title chat={chat} />}
      {isGroup && <MemberList chat={chat} />}
      <Timer chat={chat} />
      <Move chat={chat} />
      <Endings chat={chat} />
    </Column>
  );
}

function Identity({ contact }: { contact: Contact }) {
  return (
    <Section>
      {contact.sameName && (
        <p class="warn">
          <Icon name="alert" size={20} />
          <span>{t("contact.sameName")}</span>
        </p>
      )}
      <Row
        icon="shield"
        title={t("safety.title")}
        sub={t(contact.verified ? "contact.verified" : "safety.compare")}
        onClick={() => {
          go({ side: "safety" });
        }}
        leads
      />
    </Section>
  );
}

function Settings({ chat }: { chat: Conversation }) {
  const world = useWorld();
  return (
    <Section>
      <Switch
        icon="mute"
        label={t("chat.mute")}
        on={chat.muted}
        onChange={(on) => {
          world.attempt((door) => door.setMuted(chat.id, on));
        }}
      />
      <Switch
        icon="pin"
        label={t("chat.pin")}
        on={chat.pinned}
        onChange={(on) => {
          world.attempt((door) => door.setPinned(chat.id, on));
        }}
      />
      <Switch
        icon="archive"
        label={t("chat.archive")}
        on={chat.archived}
        onChange={(on) => {
          world.attempt((door) => door.setArchived(chat.id, on));
        }}
      />
      <Row
        icon="search"
        title={t("talk.find")}
        onClick={() => {
          go({ side: "find" });
        }}
        leads
      />
      <Row
        icon="pin"
        title={t("pins.title")}
        onClick={() => {
          go({ side: "pins" });
        }}
        leads
      />
    </Section>
  );
}

function Title({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const [title, setTitle] = useState(chat.title);
  useEffect(() => {
    setTitle(chat.title);
  }, [chat.title]);
  if (!chat.isAdmin || chat.state !== "active") return null;
  const isChanged = title.trim() !== "" && title.trim() !== chat.title;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        world.attempt((door) => door.renameGroup(chat.id, title.trim()));
      }}
    >
      <Field label={t("group.title")} value={title} onInput={setTitle} most={64} />
      {isChanged && <Button submits label={t("group.rename")} />}
    </form>
  );
}

function Timer({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const canSet = chat.state === "active" && (chat.kind === "direct" || chat.isAdmin);
  const known = TIMERS.includes(chat.timer) ? TIMERS : [...TIMERS, chat.timer];
  if (!canSet) {
    if (chat.timer === 0) return null;
    return (
      <Section title={t("timer.title")}>
        <p class="fact">{t("talk.timer", { span: span(chat.timer) })}</p>
      </Section>
    );
  }
  return (
    <Section note={t("timer.note")}>
      <Choice
        label={t("timer.title")}
        options={known.map((seconds) => [
          seconds,
          seconds === 0 ? t("timer.never") : span(seconds),
        ])}
        value={chat.timer}
        onChange={(seconds) => {
          world.attempt((door) => door.setTimer(chat.id, seconds));
        }}
      />
    </Section>
  );
}

/** To another relay of this account, when there is one. */
function Move({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const relays = world.status.value?.relays ?? [];
  const others = relays.filter(({ isMine, relay }) => isMine && relay !== chat.relay);
  const here = relays.find(({ relay }) => relay === chat.relay);
  const canMove = chat.state === "active" && (chat.kind === "direct" || chat.isAdmin);
  return (
    <Section
      title={t("move.title")}
      {...(canMove && others.length > 0 ? { note: t("move.note") } : {})}
    >
      <p class="fact">
        <span>{t("move.here")}</span>
        <bdi dir="ltr">{here?.host ?? chat.relay}</bdi>
      </p>
      {canMove &&
        others.map(({ relay, host }) => (
          <Row
            key={relay}
            icon="signal"
            title={t("move.to", { host })}
            onClick={() => {
              ask({
                title: t("move.ask", { host }),
                text: t("move.note"),
                yes: t("move.do"),
                then: () => {
                  world.attempt((door) => door.move(chat.id, relay));
                },
              });
            }}
          />
        ))}
    </Section>
  );
}

function Endings({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const { peer } = chat;
  const forget = forgetItem(world, chat);
  return (
    <Section>
      {peer && (
        <Row
          icon="block"
          isBad={peer.state !== "blocked"}
          title={t(peer.state === "blocked" ? "contact.unblock" : "contact.block")}
          onClick={() => {
            if (peer.state === "blocked")
              world.attempt((door) => door.unblock(peer.account));
            else askToBlock(world, peer);
          }}
        />
      )}
      {chat.state === "active" && (
        <Row
          icon="leave"
          isBad
          title={t(chat.kind === "group" ? "group.leave" : "chat.end")}
          onClick={() => {
            ask({
              title: t("group.leave.ask", { title: plainName(chat.title) }),
              text: t("group.leave.text"),
              yes: t(chat.kind === "group" ? "group.leave" : "chat.end"),
              isBad: true,
              then: () => {
                world.attempt((door) => door.leave(chat.id));
              },
            });
          }}
        />
      )}
      {["left", "removed", "broken"].includes(chat.state) && (
        <Row icon="trash" isBad title={forget.label} onClick={forget.act} />
      )}
    </Section>
  );
}
