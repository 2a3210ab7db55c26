/**
 * What to say of an error that nobody expected, without telling what it was about: its
 * text may hold anything, so only its kind and its place in the code are named.
 */

import { BugError, LinnetError } from "../../errors.ts";
import { MLSError } from "../../mls/index.ts";

/** Return what to show of an error: its sentence, or that it was not expected. */
export function mishap(error: unknown): LinnetError {
  if (error instanceof LinnetError) return error;
  const kind = error instanceof Error ? error.name : typeof error;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const place = /\/([\w-]+\.[jt]s[^:)]*:\d+)/u.exec(stack)?.[1] ?? "nowhere";
  return new BugError(
    `Something unexpected happened (${kind} in ${place}); please report it. ` +
      "What was stored is safe; this is tried again later.",
    { cause: error },
  );
}

/** Whether an error is one that the other side, the network or the disk may cause. */
export function isExpected(error: unknown): boolean {
  return error instanceof LinnetError || error instanceof MLSError;
}
