/** The Russian catalogue. */

import type { Catalogue } from "./catalogue.ts";
import { faults } from "./ru/faults.ts";
import { account } from "./ru/account.ts";
import { people } from "./ru/people.ts";
import { talk } from "./ru/talk.ts";

export const russian: Catalogue = { ...talk, ...people, ...account };

export { faults };
