/** Every way in which a relay says no, as the error a caller meets (spec/wire.md §7). */
import { Refused } from "../errors.ts";
import { OPENING_SENTENCES, REFUSAL_SENTENCES } from "./tables.ts";

/** Turn a REFUSED reply into the error that a caller meets. */
export function refused(code: number, detail = 0): Refused {
  const sentence =
    REFUSAL_SENTENCES[code] ?? `The relay refused with the unknown code ${code}.`;
  return new Refused(code, sentence, detail);
}

/** Turn the refusal of an opening into the error that a caller meets. */
export function refusedOpening(code: number): Refused {
  return new Refused(code, OPENING_SENTENCES[code] ?? "No reason is known.");
}
