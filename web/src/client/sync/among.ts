/** One of several devices of an account (`others.ts`). */

export { entryPart } from "../core/entries.ts";
export { takeEntry } from "./entries.ts";
export { tellHistory } from "./history.ts";
export { rotateSecrets } from "./secrets.ts";
