/** What a catalogue of sentences is, and how one sentence is filled in. */

import type { english } from "./en.ts";

/** A sentence; or its plural forms, of which `count` chooses one. */
export type Sentence = string | Forms;
export type Forms = { readonly other: string } & Partial<
  Record<Intl.LDMLPluralRule, string>
>;

export type Key = keyof typeof english;
/** Every catalogue has every sentence; where English has forms, so must the others. */
export type Catalogue = {
  readonly [K in Key]: (typeof english)[K] extends string ? string : Forms;
};

export type Values = Readonly<Record<string, string | number>>;

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

/**
 * The sentence with its `{places}` filled. Words from outside are isolated, so that a
 * name in another script cannot turn the sentence around; numbers are written by `number`.
 */
export function fill(
  sentence: Sentence,
  values: Values,
  rules: Intl.PluralRules,
  number: Intl.NumberFormat,
): string {
  return choose(sentence, values["count"], rules).replace(
    /\{(\w+)\}/g,
    (all: string, name: string) => {
      const value = values[name];
      if (value === undefined) return all;
      if (typeof value === "number") return number.format(value);
      return FIRST_STRONG_ISOLATE + value + POP_ISOLATE;
    },
  );
}

function choose(
  sentence: Sentence,
  count: string | number | undefined,
  rules: Intl.PluralRules,
): string {
  if (typeof sentence === "string") return sentence;
  if (typeof count !== "number") return sentence.other;
  return sentence[rules.select(count)] ?? sentence.other;
}
