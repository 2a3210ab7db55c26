/** Where one writes: text, files and voice; keeps what was not sent. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t, worded } from "../../i18n/index.ts";
import type { AccountId, Conversation, Member, Message } from "../../client/values.ts";
import type { Door, Extra } from "../../client/door.ts";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/button.tsx";
import { lazy } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { oneLine, plainName } from "../text/bidi.ts";
import { mentionMatches, mentionQuery, placeMentions } from "../text/mentions.ts";
import { byteSize } from "../../i18n/figures.ts";
import { useWorld, type World } from "../world.ts";
import { useDesk, type Desk } from "./desk.ts";
import { addFiles } from "./files.ts";
import { useDraft, type Draft } from "./draft.ts";
import { summary } from "./words.ts";

const EmojiDialog = lazy(async () => (await worded(import("./emoji.tsx"))).EmojiDialog);
const Recorder = lazy(async () => (await worded(import("./recorder.tsx"))).Recorder);

const RequestBar = lazy(async () => (await worded(import("./over.tsx"))).RequestBar);
const OverBar = lazy(async () => (await worded(import("./over.tsx"))).OverBar);

const LONGEST = 64_000;

export function Composer({ chat }: { chat: Conversation }) {
  if (chat.state === "request") return <RequestBar chat={chat} />;
  if (chat.state !== "active") return <OverBar chat={chat} />;
  if (chat.peer?.state === "blocked") return <OverBar chat={chat} />;
  return <Writing chat={chat} />;
}

function Writing({ chat }: { chat: Conversation }) {
  const desk = useDesk();
  const world = useWorld();
  const draft = useDraft(chat, desk);
  const { text, setText, clear } = draft;
  const picked = useRef(new Map<string, AccountId>());
  const [caret, setCaret] = useState(0);
  const [isPicking, setIsPicking] = useState(false);
  const [isRecording, setIsRecording] = useState(false);
  const query = chat.kind === "group" ? mentionQuery(text, caret) : null;
  const matches = query ? mentionMatches(desk.members.value, query.words) : [];
  const [match, setMatch] = useState(0);
  const files = desk.files.value;
  const canSend = text.trim() !== "" || files.length > 0;

  const insert = (words: string, from: number, to: number) => {
    const box = desk.box.current;
    // At once: what is typed on goes behind it, however fast it comes.
    box?.setRangeText(words, from, to, "end");
    setText(text.slice(0, from) + words + text.slice(to));
    setCaret(from + words.length);
    // A dialog that closes keeps the keyboard until the next frame.
    if (document.activeElement !== box) requestAnimationFrame(() => box?.focus());
  };
  const mention = (member: Member) => {
    if (!query) return;
    const name = plainName(member.name);
    picked.current.set(name, member.account);
    insert(`@${name} `, query.at, caret);
    setMatch(0);
  };
  const submit = () => {
    if (!canSend) return;
    const names = picked.current;
    picked.current = new Map();
    if (desk.editing.value) {
      edit(world, desk, desk.editing.value, text.trim());
      clear();
    } else send(world, desk, draft, names);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (matches.length > 0 && onMatchKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !isTouch()) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && (desk.editing.value ?? desk.answers.value)) {
      event.preventDefault();
      if (desk.editing.value) clear();
      desk.editing.value = null;
      desk.answers.value = null;
    } else if (event.key === "ArrowUp" && text === "") {
      const own = desk.open.messages.value.findLast(
        (one) => one.isMine && !one.deleted && !one.attachment && !one.notice,
      );
      if (!own) return;
      event.preventDefault();
      desk.edit(own);
    }
  };
  const onMatchKey = (event: KeyboardEvent): boolean => {
    const chosen = matches[Math.min(match, matches.length - 1)];
    if ((event.key === "Enter" || event.key === "Tab") && chosen) mention(chosen);
    else if (event.key === "ArrowDown") setMatch((match + 1) % matches.length);
    else if (event.key === "ArrowUp")
      setMatch((match + matches.length - 1) % matches.length);
    else if (event.key === "Escape") setCaret(-1);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  if (isRecording)
    return (
      <Recorder
        desk={desk}
        onEnd={() => {
          setIsRecording(false);
        }}
      />
    );
  return (
    <footer class="composer">
      {matches.length > 0 && (
        <MentionList members={matches} chosen={match} onPick={mention} />
      )}
      <About desk={desk} onClear={clear} />
      <Tray desk={desk} />
      <div class="composer-line">
        <AttachButton desk={desk} />
        <div class="composer-box">
          <textarea
            ref={desk.box}
            rows={1}
            dir="auto"
            maxLength={LONGEST}
            value={text}
            placeholder={t("composer.placeholder")}
            aria-label={t("composer.label", { name: plainName(chat.title) })}
            aria-controls={matches.length > 0 ? "mention-list" : undefined}
            aria-autocomplete={chat.kind === "group" ? "list" : undefined}
            aria-activedescendant={matches.length > 0 ? `mention-${match}` : undefined}
            onInput={(event) => {
              setText(event.currentTarget.value);
              setCaret(event.currentTarget.selectionStart);
              setMatch(0);
            }}
            onSelect={(event) => {
              setCaret(event.currentTarget.selectionStart);
            }}
            onKeyDown={onKeyDown}
            onPaste={(event) => {
              const pasted = [...(event.clipboardData?.files ?? [])];
              if (pasted.length === 0) return;
              event.preventDefault();
              void addFiles(desk, pasted);
            }}
          />
          <IconButton
            icon="smile"
            label={t("composer.emoji")}
            onClick={() => {
              setIsPicking(true);
            }}
          />
        </div>
        {canSend || desk.editing.value ? (
          <IconButton
            icon={desk.editing.value ? "check" : "send"}
            label={t(desk.editing.value ? "composer.save" : "composer.send")}
            className="send"
            disabled={!canSend}
            onClick={submit}
          />
        ) : (
          <IconButton
            icon="mic"
            label={t("composer.voice")}
            className="send"
            onClick={() => {
              setIsRecording(true);
            }}
          />
        )}
      </div>
      {isPicking && (
        <EmojiDialog
          onClose={() => {
            setIsPicking(false);
          }}
          onPick={(emoji) => {
            const at = desk.box.current?.selectionStart ?? text.length;
            insert(emoji, at, at);
            setIsPicking(false);
          }}
        />
      )}
    </footer>
  );
}

/** On a keyboard of glass, Enter makes a new line: there is a button beside it. */
function isTouch(): boolean {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}

/** Send what is written and laid ready; what cannot be sent lies there again. */
function send(
  world: World,
  desk: Desk,
  draft: Draft,
  picked: ReadonlyMap<string, AccountId>,
): void {
  const text = draft.give();
  const answers = desk.answers.value;
  desk.answers.value = null;
  const left = desk.takeFiles();
  const mentions = placeMentions(text, picked);
  const extra: Extra = {
    ...(answers ? { replyTo: answers.id } : {}),
    ...(mentions.length > 0 ? { mentions } : {}),
  };
  let isSaid = false;
  const sendAll = async (door: Door) => {
    if (left.length === 0) await door.send(desk.id, text, extra);
    for (let file = left[0]; file; file = left[0]) {
      // The words belong to the first file; they are not said again with each.
      const words = isSaid ? "" : text;
      await door.sendFile(desk.id, file.outgoing, words, isSaid ? {} : extra);
      isSaid = true;
      desk.drop(file);
      left.shift();
    }
  };
  world.attempt((door) =>
    sendAll(door).catch((error: unknown) => {
      desk.layBack(left);
      if (!isSaid && text !== "") draft.putBack(text);
      if (!isSaid) desk.answers.value ??= answers;
      throw error;
    }),
  );
}

function edit(world: World, desk: Desk, message: Message, text: string): void {
  if (text !== message.text)
    world.attempt((door) => door.edit(desk.id, message.id, text));
  desk.editing.value = null;
}

/** What is being answered or edited. */
function About({ desk, onClear }: { desk: Desk; onClear: () => void }) {
  const message = desk.editing.value ?? desk.answers.value;
  if (!message) return null;
  const isEdit = desk.editing.value !== null;
  return (
    <div class="about">
      <Icon name={isEdit ? "pen" : "reply"} size={20} />
      <span class="about-body">
        <span class="about-name">
          {isEdit
            ? t("composer.editing")
            : t("composer.answering", {
                name: message.isMine ? t("you") : plainName(message.name),
              })}
        </span>
        <bdi class="about-text">{summary(message)}</bdi>
      </span>
      <IconButton
        icon="close"
        label={t("nav.cancel")}
        onClick={() => {
          desk.answers.value = null;
          if (!isEdit) return;
          desk.editing.value = null;
          onClear();
        }}
      />
    </div>
  );
}

/** Files that go with the next message. */
function Tray({ desk }: { desk: Desk }) {
  const files = desk.files.value;
  if (files.length === 0) return null;
  const isPlain = files.some(
    ({ outgoing }) => !outgoing.mediaType.startsWith("image/"),
  );
  return (
    <div class="tray">
      <ul>
        {files.map((file) => (
          <li key={file.key}>
            {file.address === null ? (
              <Icon name="file" />
            ) : (
              <img src={file.address} alt="" />
            )}
            <span class="tray-body">
              <bdi>{oneLine(file.outgoing.name, 40)}</bdi>
              <span>{byteSize(file.outgoing.file.size)}</span>
            </span>
            <IconButton
              icon="close"
              label={t("files.remove", { name: oneLine(file.outgoing.name, 40) })}
              onClick={() => {
                desk.drop(file);
              }}
            />
          </li>
        ))}
      </ul>
      {isPlain && <p class="note">{t("files.asTheyAre")}</p>}
    </div>
  );
}

function MentionList(props: {
  readonly members: readonly Member[];
  readonly chosen: number;
  readonly onPick: (member: Member) => void;
}) {
  return (
    <div
      class="mentions"
      role="listbox"
      id="mention-list"
      aria-label={t("composer.mentions")}
    >
      {props.members.map((member, at) => (
        <div
          key={member.account}
          id={`mention-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === props.chosen}
          onPointerDown={(event) => {
            event.preventDefault();
            props.onPick(member);
          }}
        >
          <Avatar name={member.name} of={member.account} size="s" />
          <bdi>{plainName(member.name)}</bdi>
        </div>
      ))}
    </div>
  );
}

function AttachButton({ desk }: { desk: Desk }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const element = input.current;
    return () => {
      if (element) element.value = "";
    };
  }, []);
  return (
    <>
      <IconButton
        icon="clip"
        label={t("composer.attach")}
        onClick={() => {
          input.current?.click();
        }}
      />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          void addFiles(desk, [...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
