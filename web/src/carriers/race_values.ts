/** What a race is told and what it wants done (spec/carriers.md §2). */
import type { Way } from "./carrier.ts";
import type { Reason, Status } from "./status.ts";

/** What a runner did; a runner is one try of one way, and never another's name. */
export type RunnerEvent = { readonly runner: number } & (
  | { readonly type: "open" }
  /** The relay's own answer to the hello has come. */
  | { readonly type: "answered" }
  /** Data has passed both ways. */
  | { readonly type: "crossed"; readonly resumed: boolean }
  /** What was sent awaits a sign, which is in doubt. */
  | { readonly type: "waits"; readonly since: number; readonly moved: boolean }
  | { readonly type: "confirmed" }
  | ({ readonly type: "lost" } & Loss)
);

/** How a dial failed or a carrier ended. */
export interface Loss {
  readonly reason: Reason;
  /** Whether messages were received or confirmed on it. */
  readonly moved: boolean;
  /** The relay's code when it opens no session, else 0. */
  readonly refusal: number;
  /** Whether the relay itself was at fault. */
  readonly faulty: boolean;
}

export type RaceEvent = { readonly type: "began" | "hurried" | "woken" } | RunnerEvent;

export type RaceEffect =
  /** Open a carrier and say nothing on it. */
  | { readonly type: "dial"; readonly runner: number; readonly way: Way }
  /** Give a dial or a carrier up; nothing of it is told any more. */
  | { readonly type: "abort"; readonly runner: number }
  /** Say hello: the session is attached to this carrier and to no other. */
  | { readonly type: "use"; readonly runner: number }
  | { readonly type: "tell"; readonly status: Status };
