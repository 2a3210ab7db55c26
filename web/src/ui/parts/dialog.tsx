/** A window above the page: keeps the keyboard inside, closes by Escape or a click beside. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { t } from "../../i18n/index.ts";
import { Button } from "./button.tsx";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly className?: string;
  readonly hidesTitle?: boolean;
}

export function Dialog(props: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${props.className ?? ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) props.onClose();
      }}
    >
      <div class="dialog-body">
        <h2 id={id} class={props.hidesTitle ? "hidden" : ""}>
          {props.title}
        </h2>
        {props.children}
      </div>
    </dialog>
  );
}

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly isBad?: boolean;
  readonly then: () => void;
}

const question = signal<Question | null>(null);

/** Ask before something that cannot be undone. */
export function ask(what: Question): void {
  question.value = what;
}

/** Where questions appear; stands once in the page. */
export function Questions() {
  const asked = question.value;
  if (!asked) return null;
  const close = () => {
    question.value = null;
  };
  return (
    <Dialog title={asked.title} onClose={close} className="question">
      <p>{asked.text}</p>
      <div class="dialog-buttons">
        <Button label={t("nav.cancel")} kind="plain" onClick={close} />
        <Button
          label={asked.yes}
          kind={asked.isBad ? "bad" : "main"}
          onClick={() => {
            close();
            asked.then();
          }}
        />
      </div>
    </Dialog>
  );
}
