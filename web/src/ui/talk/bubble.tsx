/** One message. */

import { memo } from "./memo.ts";
import { t, told, worded } from "../../i18n/index.ts";
import { clockTime, fullTime, span } from "../../i18n/figures.ts";
import type { Conversation, Message, Quote, Reaction } from "../../client/values.ts";
import { Avatar, toneOf } from "../parts/avatar.tsx";
import { IconButton } from "../parts/button.tsx";
import { lazy } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { useLongPress } from "../parts/press.ts";
import { oneLine, plainName } from "../text/bidi.ts";
import { isOnlyEmoji } from "../text/pieces.ts";
import { useWorld } from "../world.ts";
import { useDesk } from "./desk.ts";
import type { TalkRow } from "./rows.ts";
import { State } from "./state.tsx";
import { BodyText } from "./body-text.tsx";
import { shapeOf, spokenMessage } from "./words.ts";

const AttachmentView = lazy(
  async () => (await worded(import("./attachment.tsx"))).AttachmentView,
  () => null,
);

interface Props {
  readonly row: Extract<TalkRow, { kind: "message" }>;
  readonly chat: Conversation;
  readonly isActive: boolean;
}

export function Bubble({ row, chat, isActive }: Props) {
  const { message, isFirst, isLast } = row;
  const desk = useDesk();
  const open = (x: number, y: number) => {
    desk.menu.value = { message, x, y };
  };
  const press = useLongPress(open);
  const isMarked = desk.marked.value === message.id;
  const withFaces = chat.kind === "group" && !message.isMine;
  const classes = [
    "message",
    message.isMine ? "mine" : "theirs",
    isFirst ? "first" : "",
    isLast ? "last" : "",
    isMarked ? "marked" : "",
    withFaces ? "with-face" : "",
    desk.selectable.value === message.id ? "selectable" : "",
  ];
  return (
    <article
      class={classes.join(" ")}
      data-rove
      tabIndex={isActive ? 0 : -1}
      aria-label={spokenMessage(message)}
      onKeyDown={(event) => {
        onKey(event, open);
      }}
    >
      {withFaces && isLast && (
        <Avatar name={message.name} of={message.sender} size="s" />
      )}
      <div class="bubble-line">
        <div class={bubbleClass(message)} {...press}>
          {withFaces && isFirst && (
            <bdi class={`sender tone-${toneOf(message.sender)}`}>
              {plainName(message.name)}
            </bdi>
          )}
          <Content message={message} />
        </div>
        <IconButton
          icon="more"
          label={t("message.menu")}
          className="bubble-more"
          onClick={(event) => {
            open(event.clientX || 40, event.clientY || 40);
          }}
        />
      </div>
      <Reactions message={message} />
      {message.state === "failed" && <Failure message={message} />}
    </article>
  );
}

function onKey(event: KeyboardEvent, open: (x: number, y: number) => void): void {
  if (event.target !== event.currentTarget) return;
  const isMenu =
    event.key === "Enter" || event.key === " " || event.key === "ContextMenu";
  if (!isMenu && !(event.key === "F10" && event.shiftKey)) return;
  event.preventDefault();
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  open(box.left + box.width / 3, Math.max(60, box.top + 16));
}

function bubbleClass({ attachment, text, deleted, replyTo }: Message): string {
  const shape = attachment && !deleted ? shapeOf(attachment) : null;
  const isBare = !deleted && !attachment && !replyTo && isOnlyEmoji(text);
  return [
    "bubble",
    shape === "picture" || shape === "video" ? "visual" : "",
    shape !== null && text === "" ? "no-text" : "",
    isBare ? "emoji" : "",
  ].join(" ");
}

const Content = memo(({ message }: { message: Message }) => {
  if (message.deleted)
    return (
      <p class="text deleted">
        <Icon name="trash" size={16} /> {t("message.deleted")}
        <Meta message={message} />
      </p>
    );
  return (
    <>
      {message.replyTo && <QuoteView quote={message.replyTo} />}
      {message.attachment && (
        <AttachmentView message={message} attachment={message.attachment} />
      )}
      {message.text === "" ? (
        <Meta message={message} />
      ) : (
        <BodyText message={message}>
          <Meta message={message} />
        </BodyText>
      )}
    </>
  );
});

function Meta({ message }: { message: Message }) {
  const world = useWorld();
  const left = message.expiresAt === null ? null : message.expiresAt - world.now.value;
  return (
    <span class="meta">
      {message.pinned && (
        <span title={t("message.pinned")}>
          <Icon name="pin" size={14} />
          <span class="hidden">{t("message.pinned")}</span>
        </span>
      )}
      {left !== null && (
        <span title={t("message.expires", { span: span(inUnits(left)) })}>
          <Icon name="timer" size={14} />
          <span class="hidden">
            {t("message.expires", { span: span(inUnits(left)) })}
          </span>
        </span>
      )}
      {message.edited && <span>{t("message.edited")}</span>}
      <time
        dateTime={new Date(message.time).toISOString()}
        title={fullTime(message.time)}
      >
        {clockTime(message.time)}
      </time>
      {message.isMine && !message.deleted && <State message={message} />}
    </span>
  );
}

/** Whole seconds, minutes, hours or days, so that the words stay short. */
function inUnits(milliseconds: number): number {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const unit = [86_400, 3_600, 60].find((unit) => seconds > unit) ?? 1;
  return Math.ceil(seconds / unit) * unit;
}

function QuoteView({ quote }: { quote: Quote }) {
  const desk = useDesk();
  return (
    <button
      type="button"
      class="quote"
      tabIndex={-1}
      onClick={() => {
        void desk.jump(quote.id);
      }}
    >
      <span class="hidden">{t("message.jump")}</span>
      {quote.name !== "" && (
        <bdi class="quote-name">{quote.isMine ? t("you") : plainName(quote.name)}</bdi>
      )}
      <bdi class="quote-text">{quoteWords(quote)}</bdi>
    </button>
  );
}

function quoteWords({ name, text, deleted }: Quote): string {
  if (name === "") return t("message.elsewhere");
  return deleted ? t("message.deleted") : oneLine(text) || t("attachment.file");
}

function Reactions({ message }: { message: Message }) {
  const world = useWorld();
  if (message.reactions.length === 0 || message.deleted) return null;
  const byEmoji = new Map<string, Reaction[]>();
  for (const one of message.reactions)
    byEmoji.set(one.emoji, [...(byEmoji.get(one.emoji) ?? []), one]);
  return (
    <div class="reactions">
      {[...byEmoji].slice(0, 12).map(([emoji, who]) => {
        const isMine = who.some((one) => one.isMine);
        const names = who
          .map((one) => (one.isMine ? t("you") : plainName(one.name)))
          .join(", ");
        const shown = [...new Intl.Segmenter().segment(emoji)][0]?.segment ?? "";
        return (
          <button
            key={emoji}
            type="button"
            class={`reaction ${isMine ? "mine" : ""}`}
            aria-pressed={isMine}
            title={names}
            onClick={() => {
              const { conversation, id } = message;
              world.attempt((door) =>
                door.react(conversation, id, isMine ? "" : emoji),
              );
            }}
          >
            <span aria-hidden="true">{shown}</span>
            {who.length > 1 && <span aria-hidden="true">{who.length}</span>}
            <span class="hidden">{t("reaction.label", { emoji: shown, names })}</span>
          </button>
        );
      })}
    </div>
  );
}

function Failure({ message }: { message: Message }) {
  const world = useWorld();
  const { conversation, id } = message;
  return (
    <div class="failure">
      <span>
        <bdi>{message.reason ? told(message.reason) : t("message.failed")}</bdi>
      </span>
      <button
        type="button"
        class="link"
        onClick={() => {
          world.attempt((door) => door.retry(conversation, id));
        }}
      >
        {t("message.retry")}
      </button>
    </div>
  );
}
