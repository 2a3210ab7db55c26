/** A sentence that a person may be told, as a value that crosses to the page. */

import type { Code } from "./index.ts";

/** What fills the places of a sentence: words from outside, numbers, other sentences. */
export type Values = Readonly<Record<string, string | number | Said>>;

export interface Said {
  /** Its name in the catalogues. */
  readonly code: Code;
  readonly values: Values;
  /** The sentence in English, its places not filled. */
  readonly text: string;
}

/** The whole sentence in English, for bots and logs. */
export function plain({ text, values }: Said): string {
  return text.replace(/\{(\w+)\}/g, (all: string, name: string) => {
    const value = values[name];
    if (value === undefined) return all;
    return typeof value === "object" ? plain(value) : String(value);
  });
}
