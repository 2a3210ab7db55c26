/** What stands in a page's worker for the sentences in English: only the page has words. */

import type { Code, Said } from "./said.ts";

/** No words: whoever shows the sentence finds them by its code. */
export function inEnglish(): string {
  return "";
}

/** Whoever shows the sentence knows which codes there are. */
export function knownOf(text: string): Code {
  return text as Code;
}

/** In place of what `pages.ts` says. */
export function here(code: Code): Said {
  return { code, values: {}, text: "" };
}
