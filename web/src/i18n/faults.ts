/** What a catalogue of the sentences from below the pages is (`sentences/`). */

import type { Code } from "../sentences/index.ts";

/** Every code has its sentence; it fills the same places as the English one. */
export type Faults = Readonly<Record<Code, string>>;
