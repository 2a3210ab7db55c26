/** What comes from below the pages, in Russian: every code of `sentences/`. */

import type { Faults } from "../faults.ts";
import { asked } from "./asked.ts";
import { kept } from "./kept.ts";
import { roads } from "./roads.ts";

export const faults: Faults = { ...asked, ...kept, ...roads };
