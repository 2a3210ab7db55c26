/** Words found in one conversation, and its pinned messages. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { briefTime } from "../../i18n/figures.ts";
import type { Conversation, Message } from "../../client/values.ts";
import { Field } from "../parts/field.tsx";
import { Column, Empty } from "../parts/frame.tsx";
import { plainName } from "../text/bidi.ts";
import { back, go } from "../route.ts";
import { summary } from "../talk/words.ts";
import { useWorld } from "../world.ts";

function MessageRows({ messages }: { messages: readonly Message[] }) {
  const world = useWorld();
  return (
    <ul class="found">
      {messages.map((message) => (
        <li key={message.id}>
          <button
            type="button"
            onClick={() => {
              go({ talk: message.conversation, around: message.id, side: null });
            }}
          >
            <span class="found-top">
              <bdi>{message.isMine ? t("you") : plainName(message.name)}</bdi>
              <time>{briefTime(message.time, world.now.value)}</time>
            </span>
            <span class="found-text">
              <bdi>{summary(message)}</bdi>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function FindSide({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const [words, setWords] = useState("");
  const [found, setFound] = useState<readonly Message[] | null>(null);
  useEffect(() => {
    if (words.trim() === "") {
      setFound(null);
      return;
    }
    let isWanted = true;
    const timer = setTimeout(() => {
      world.attempt(
        (door) => door.search(words, chat.id, 100),
        (answer) => {
          if (isWanted) setFound(answer.map(({ message }) => message));
        },
      );
    }, 150);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [words, chat.id]);
  return (
    <Column
      title={t("talk.find")}
      onBack={() => {
        back({ talk: chat.id });
      }}
      isSide
    >
      <Field label={t("find.words")} value={words} onInput={setWords} focuses />
      <p class="note" role="status">
        {found !== null && t("find.count", { count: found.length })}
      </p>
      {found !== null && <MessageRows messages={found} />}
    </Column>
  );
}

export function PinsSide({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const [messages, setMessages] = useState<readonly Message[] | null>(null);
  useEffect(() => {
    const load = () => {
      world.attempt((door) => door.pinned(chat.id), setMessages);
    };
    load();
    return world.listen((event) => {
      if (event.type === "message changed" && event.message.conversation === chat.id)
        load();
    });
  }, [chat.id]);
  return (
    <Column
      title={t("pins.title")}
      onBack={() => {
        back({ talk: chat.id });
      }}
      isSide
    >
      {messages?.length === 0 ? (
        <Empty title={t("pins.none")} text={t("pins.none.text")} />
      ) : (
        <MessageRows messages={messages ?? []} />
      )}
    </Column>
  );
}
