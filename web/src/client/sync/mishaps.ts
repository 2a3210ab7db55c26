/**
 * What to say of an error that nobody expected, without telling what it was about: its
 * text may hold anything, so only its kind and its place in the code are named.
 */

import { LinnetError } from "../../errors.ts";
import { MLSError } from "../../mls/index.ts";
import { type Said, say } from "../../sentences/index.ts";

/** Return what to show of an error: its sentence, or that it was not expected. */
export function mishap(error: unknown): Said {
  if (error instanceof LinnetError && error.said) return error.said;
  if (isExpected(error)) return say("odd");
  const kind = error instanceof Error ? error.name : typeof error;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const place = /\/([\w-]+\.[jt]s[^:)]*:\d+)/u.exec(stack)?.[1] ?? "nowhere";
  return say("unexpected", { kind, place });
}

/** Whether an error is one that the other side, the network or the disk may cause. */
export function isExpected(error: unknown): boolean {
  return error instanceof LinnetError || error instanceof MLSError;
}
