/**
 * What a device does only where its account has others: it reads what they say, and tells a
 * new one what was said. Both happen inside transactions of the store, which cannot wait for
 * it to be fetched; so it is fetched before this device can be one of several.
 */

import { BugError } from "../../errors.ts";
import { amongOthers } from "../later.ts";

type Part = Awaited<ReturnType<typeof amongOthers>>;

let part: Part | null = null;

/** Fetch it. Throws `Unreachable`. */
export async function meetOthers(): Promise<void> {
  part ??= await amongOthers();
}

/** What was fetched. */
export function others(): Part {
  if (!part) throw new BugError("This device did not know that there are others.");
  return part;
}
