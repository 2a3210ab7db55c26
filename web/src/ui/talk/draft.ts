/** What is typed: kept as the conversation's draft, and told to the others as typing. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../../client/values.ts";
import { useWorld } from "../world.ts";
import type { Desk } from "./desk.ts";

const KEEP_AFTER = 400;
const TELL_EVERY = 4_000;

export interface Draft {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly clear: () => void;
  /** The words were given away to be sent, which ends the draft that is stored. */
  readonly give: () => string;
  /** They could not be sent: they stand where they were, before what came since. */
  readonly putBack: (words: string) => void;
}

export function useDraft(chat: Conversation, desk: Desk): Draft {
  const world = useWorld();
  const [text, show] = useState(chat.draft);
  const latest = useRef({ text: chat.draft, timer: 0, told: 0, isGone: false });
  const editing = desk.editing.value;

  const keep = useCallback(() => {
    clearTimeout(latest.current.timer);
    latest.current.timer = 0;
    if (desk.editing.value === null)
      world.attempt((door) => door.setDraft(chat.id, latest.current.text));
  }, [chat.id]);

  const setText = useCallback(
    (changed: string) => {
      show(changed);
      latest.current.text = changed;
      clearTimeout(latest.current.timer);
      latest.current.timer = window.setTimeout(keep, KEEP_AFTER);
      if (changed !== "" && Date.now() - latest.current.told > TELL_EVERY) {
        latest.current.told = Date.now();
        world.attempt((door) => door.typing(chat.id, true));
      }
    },
    [keep],
  );

  const give = useCallback(() => {
    const words = latest.current.text.trim();
    show("");
    clearTimeout(latest.current.timer);
    Object.assign(latest.current, { text: "", timer: 0, told: 0 });
    return words;
  }, [keep]);

  const clear = useCallback(() => {
    give();
    keep();
  }, [keep]);

  const putBack = useCallback(
    (words: string) => {
      const { isGone } = latest.current;
      const stored = world.conversations.value.get(chat.id)?.draft ?? "";
      const since = isGone ? stored : latest.current.text;
      const whole = [words, since].filter((one) => one !== "").join("\n");
      if (isGone) world.attempt((door) => door.setDraft(chat.id, whole));
      else setText(whole);
    },
    [keep],
  );

  useEffect(() => {
    if (!editing) return;
    show(editing.text);
    latest.current.text = editing.text;
    desk.box.current?.select();
  }, [editing]);
  useEffect(() => {
    const keepNow = () => {
      if (latest.current.timer !== 0) keep();
    };
    window.addEventListener("pagehide", keepNow);
    latest.current.isGone = false;
    return () => {
      latest.current.isGone = true;
      window.removeEventListener("pagehide", keepNow);
      keepNow();
      if (latest.current.told > 0) world.attempt((door) => door.typing(chat.id, false));
    };
  }, [keep]);
  useEffect(() => {
    grow(desk.box.current);
  }, [text]);
  return { text, setText, clear, give, putBack };
}

/** As high as the words need, for browsers whose style sheets cannot say so. */
function grow(box: HTMLTextAreaElement | null): void {
  if (!box || CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
}
