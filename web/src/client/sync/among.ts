/** One of several devices of an account (`others.ts`). */

export { takeEntry } from "./entries.ts";
export { tellHistory } from "./history.ts";
