/**
 * The pseudo language of the tests: every sentence in ⟦brackets⟧ with no plain Latin
 * letter left, and a third longer. Plain letters on a screen are then untranslated text.
 */

import type { Catalogue, Sentence } from "./catalogue.ts";

const PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ODD = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ";
const odd = new Map([...PLAIN].map((letter, at) => [letter, [...ODD][at] ?? letter]));

/** One sentence, its `{places}` left as they are. */
export function disguise(sentence: string): string {
  const parts = sentence.split(/(\{\w+\})/);
  const words = parts.map((part) =>
    part.startsWith("{") ? part : [...part].map((c) => odd.get(c) ?? c).join(""),
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
