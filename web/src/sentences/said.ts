/** A sentence that a person may be told, as a value that crosses to the page. */

import type { OPENING_SENTENCES, REFUSAL_SENTENCES } from "../wire/tables.ts";
import type { asked } from "./asked.ts";
import type { kept } from "./kept.ts";
import type { pages } from "./pages.ts";
import type { roads } from "./roads.ts";

/** What a relay refuses has its number for a code. */
export type Code =
  | keyof (typeof asked & typeof kept & typeof pages & typeof roads)
  | `refusal ${keyof typeof REFUSAL_SENTENCES}`
  | `opening ${keyof typeof OPENING_SENTENCES}`;

/** What fills the places of a sentence: words from outside, numbers, other sentences. */
export type Values = Readonly<Record<string, string | number | Said>>;

export interface Said {
  /** Its name in the catalogues. */
  readonly code: Code;
  readonly values: Values;
  /** The sentence in English, its places not filled; "" where only its code is known. */
  readonly text: string;
}

/** The code that is told in place of one that is not known. */
export function unknownOf(code: string): Code {
  if (code.startsWith("refusal ")) return "refusal unknown";
  return code.startsWith("opening ") ? "opening unknown" : "undone";
}

/** The whole sentence in English, for bots and logs; its code where there are no words. */
export function plain({ code, text, values }: Said): string {
  if (text === "") return code;
  return text.replace(/\{(\w+)\}/g, (all: string, name: string) => {
    const value = values[name];
    if (value === undefined) return all;
    return typeof value === "object" ? plain(value) : String(value);
  });
}
