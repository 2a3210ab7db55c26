/** Every way in which a relay says no, as the error a caller meets (spec/wire.md §7). */
import { Refused } from "../errors.ts";
import { numbered, type Said } from "../sentences/index.ts";

/** Turn a REFUSED reply into the error that a caller meets. */
export function refused(code: number, detail = 0): Refused {
  return new Refused(code, refusal(code), detail);
}

/** What a person is told of a refusal. */
export function refusal(code: number): Said {
  return numbered("refusal", code);
}

/** Turn the refusal of an opening into the error that a caller meets. */
export function refusedOpening(code: number): Refused {
  return new Refused(code, openingRefusal(code));
}

/** What a person is told of an opening that was refused. */
export function openingRefusal(code: number): Said {
  return numbered("opening", code);
}
