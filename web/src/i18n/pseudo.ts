/**
 * The pseudo language of the tests: every sentence in ⟦brackets⟧ with no plain Latin
 * letter left, and a third longer. Plain letters on a screen are then untranslated text.
 */

import { SENTENCES } from "../sentences/english.ts";
import type { Faults } from "./faults.ts";
import type { Catalogue, Sentence } from "./catalogue.ts";

const PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ODD = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ";
const marked = Array.from(ODD);
const odd = new Map(Array.from(PLAIN, (letter, at) => [letter, marked[at] ?? letter]));

/** One sentence, its `{places}` left as they are. */
export function disguise(sentence: string): string {
  const parts = sentence.split(/(\{\w+\})/);
  const words = parts.map((part) =>
    part.startsWith("{")
      ? part
      : Array.from(part, (letter) => odd.get(letter) ?? letter).join(""),
  );
  return `⟦${words.join("")}${"·".repeat(Math.floor(sentence.length / 3))}⟧`;
}

/** A whole catalogue in disguise. */
export function pseudo(catalogue: Catalogue): Catalogue {
  const entries = Object.entries(catalogue).map(
    ([key, sentence]: [string, Sentence]) => [
      key,
      typeof sentence === "string"
        ? disguise(sentence)
        : Object.fromEntries(
            Object.entries(sentence).map(([form, text]) => [form, disguise(text)]),
          ),
    ],
  );
  return Object.fromEntries(entries) as Catalogue;
}

/** All that may come from below the pages, in disguise. */
export function pseudoFaults(): Faults {
  const entries = Object.entries(SENTENCES).map(([code, text]) => [
    code,
    disguise(text),
  ]);
  return Object.fromEntries(entries) as Faults;
}
