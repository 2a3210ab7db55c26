/**
 * The sentences in English. A page's worker is built with `coded.ts` in place of this: there
 * a sentence is its code and what fills it, and the page words it.
 */

import { OPENING_SENTENCES, REFUSAL_SENTENCES } from "../wire/tables.ts";
import { asked } from "./asked.ts";
import { kept } from "./kept.ts";
import { pages } from "./pages.ts";
import { roads } from "./roads.ts";
import { type Code, unknownOf } from "./said.ts";

export const SENTENCES: Readonly<Record<Code, string>> = {
  ...{ ...asked, ...kept, ...pages, ...roads },
  ...numbered("refusal", REFUSAL_SENTENCES),
  ...numbered("opening", OPENING_SENTENCES),
};

/** The sentence of a code; of one that is not known, that there was one. */
export function inEnglish(code: Code): string {
  return SENTENCES[knownOf(code)];
}

/** The code itself, such as one that was stored, or in place of it that it is not known. */
export function knownOf(text: string): Code {
  return Object.hasOwn(SENTENCES, text) ? (text as Code) : unknownOf(text);
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
