/**
 * Every sentence that a person may be told from below the pages, by its code. The set of
 * codes is closed: an error that is to be shown is made with one, and every catalogue of
 * the pages has every one (`i18n/faults.ts`).
 */

import { OPENING_SENTENCES, REFUSAL_SENTENCES } from "../wire/tables.ts";
import { asked } from "./asked.ts";
import { kept } from "./kept.ts";
import { pages } from "./pages.ts";
import { roads } from "./roads.ts";
import type { Said, Values } from "./said.ts";

export type { Said, Values } from "./said.ts";
export { plain } from "./said.ts";

const own = { ...asked, ...kept, ...pages, ...roads } as const;

/** What a relay refuses has its number for a code. */
export type Code =
  | keyof typeof own
  | `refusal ${keyof typeof REFUSAL_SENTENCES}`
  | `opening ${keyof typeof OPENING_SENTENCES}`;

/** The sentences in English. */
export const SENTENCES: Readonly<Record<Code, string>> = {
  ...own,
  ...numbered("refusal", REFUSAL_SENTENCES),
  ...numbered("opening", OPENING_SENTENCES),
};

/** Say a sentence. */
export function say(code: Code, values: Values = {}): Said {
  return { code, values, text: SENTENCES[code] };
}

/** Whether a sentence has this code, such as one that was stored. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(SENTENCES, text);
}

/** Say a reason that was stored by its code; of one that is not known, that there was one. */
export function reasonOf(stored: string): Said {
  return say(isCode(stored) ? stored : "undone");
}

function numbered<Kind extends string, Number extends number>(
  kind: Kind,
  sentences: Readonly<Record<Number, string>>,
): Record<`${Kind} ${Number}`, string> {
  const named = Object.entries(sentences).map(([code, text]) => [
    `${kind} ${code}`,
    text,
  ]);
  return Object.fromEntries(named) as Record<`${Kind} ${Number}`, string>;
}
