/** Who asks to talk, or has added this account to a group. */

import { t, told } from "../../i18n/index.ts";
import { briefTime } from "../../i18n/figures.ts";
import type { Contact, Request } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Button } from "../parts/button.tsx";
import { ask } from "../parts/dialog.tsx";
import { Column, Empty } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { oneLine, plainName } from "../text/bidi.ts";
import { back, go } from "../route.ts";
import { useWorld, type World } from "../world.ts";
import "../style/panes.css";

export function RequestsPane() {
  const world = useWorld();
  const requests = world.requests.value;
  return (
    <Column
      title={t("requests.title")}
      onBack={() => {
        back();
      }}
    >
      {requests.length === 0 ? (
        <Empty title={t("requests.none")} text={t("requests.none.text")} />
      ) : (
        <>
          <p class="note">{t("requests.note")}</p>
          <RequestCards />
        </>
      )}
    </Column>
  );
}

/** Everybody who asks; nothing where nobody does. */
export function RequestCards() {
  const requests = useWorld().requests.value;
  if (requests.length === 0) return null;
  return (
    <ul class="cards">
      {requests.map((request) => (
        <RequestCard key={request.conversation} request={request} />
      ))}
    </ul>
  );
}

function RequestCard({ request }: { request: Request }) {
  const world = useWorld();
  const { sender, kind, title, note, warning } = request;
  const name = plainName(sender.name);
  return (
    <li class="card request">
      <div class="request-who">
        <Avatar name={name} of={sender.account} size="l" />
        <div>
          <h2>
            <bdi>{name}</bdi>
          </h2>
          <p class="quiet">
            {kind === "group"
              ? t("request.group", { title: plainName(title) })
              : t("request.direct")}
            {" · "}
            {briefTime(request.receivedAt, world.now.value)}
          </p>
          <p class="fingerprint">
            {t("contact.fingerprint", { digits: sender.fingerprint })}
          </p>
        </div>
      </div>
      {note !== "" && (
        <blockquote>
          <bdi>{oneLine(note, 500)}</bdi>
        </blockquote>
      )}
      {(warning !== null || sender.sameName) && (
        <p class="warn">
          <Icon name="alert" size={20} />
          <span>{warning ? told(warning) : t("contact.sameName")}</span>
        </p>
      )}
      <Answers request={request} />
    </li>
  );
}

function Answers({ request: { conversation, sender } }: { request: Request }) {
  const world = useWorld();
  return (
    <div class="request-buttons">
      <Button
        kind="main"
        label={t("request.accept")}
        onClick={() => {
          world.attempt(
            (door) => door.accept(conversation),
            (chat) => {
              go({ pane: "chats", talk: chat.id, side: null });
            },
          );
        }}
      />
      <Button
        label={t("request.decline")}
        onClick={() => {
          world.attempt((door) => door.decline(conversation));
        }}
      />
      <Button
        kind="plain"
        label={t("contact.block")}
        onClick={() => {
          askToBlock(world, sender);
        }}
      />
    </div>
  );
}

/** Ask whether somebody is to be heard no more. */
export function askToBlock(world: World, { account, name }: Contact): void {
  ask({
    title: t("contact.block.ask", { name: plainName(name) }),
    text: t("contact.block.text"),
    yes: t("contact.block"),
    isBad: true,
    then: () => {
      world.attempt((door) => door.block(account));
    },
  });
}
