/**
 * Every sentence that a person may be told from below the pages, by its code. The set of
 * codes is closed: an error that is to be shown is made with one, and every catalogue of
 * the pages has every one (`i18n/faults.ts`).
 */

import { inEnglish, knownOf } from "./english.ts";
import type { Code, Said, Values } from "./said.ts";

export type { Code, Said, Values } from "./said.ts";
export { plain } from "./said.ts";

/** Say a sentence. */
export function say(code: Code, values: Values = {}): Said {
  return { code, values, text: inEnglish(code) };
}

/** Say a reason that was stored by its code; of one that is not known, that there was one. */
export function reasonOf(stored: string): Said {
  return say(knownOf(stored));
}

/** Say what has this number, as `code`; one that is not known is told with the number. */
export function numbered(kind: "refusal" | "opening", code: number): Said {
  return say(knownOf(`${kind} ${code}`), { code });
}
