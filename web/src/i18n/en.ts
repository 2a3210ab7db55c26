/** The English catalogue: the one that names every sentence. */

import { account } from "./en/account.ts";
import { first } from "./en/first.ts";
import { people } from "./en/people.ts";
import { talk } from "./en/talk.ts";

export { SENTENCES as faults } from "../sentences/english.ts";

export const english = { ...first, ...talk, ...people, ...account } as const;
