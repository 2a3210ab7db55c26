/** Short sentences that appear, are read out, and go. */

import { signal } from "@preact/signals";
import { DoorError } from "../client/door.ts";
import { learn, t, told } from "../i18n/index.ts";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

export const toasts = signal<readonly Toast[]>([]);
/** What a screen reader is told now, such as a message that came. */
export const spoken = signal("");

let last = 0;

/** The sentence of an error in the reader's language, fetched if it is not here yet. */
export async function explained(error: unknown): Promise<string> {
  if (!(error instanceof DoorError)) return t("error.unknown");
  try {
    if (told(error.said) === "") await learn();
  } catch {
    return t("error.unknown");
  }
  return told(error.said);
}

/** Show a sentence, or an error's sentence, for some seconds. */
export function toast(what: unknown): void {
  if (typeof what === "string") show(what, false);
  else
    void explained(what).then((text) => {
      show(text, true);
    });
}

function show(text: string, isBad: boolean): void {
  const one = { id: ++last, text, isBad };
  toasts.value = [...toasts.value.filter((known) => known.text !== text), one].slice(
    -3,
  );
  setTimeout(
    () => {
      dismiss(one.id);
    },
    isBad ? 10_000 : 4_000,
  );
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Have a screen reader say this. */
export function say(text: string): void {
  spoken.value = text;
}
