/**
 * What a link to a relay is doing, as values a face can show: each says which way was
 * taken and why, never only "connecting".
 */
import { Road } from "../wire/tables.ts";
import { openingRefusal } from "../wire/refusals.ts";
import { type Code, plain, type Said, say } from "../sentences/index.ts";
import type { Way } from "./carrier.ts";

/** Why a way did not work or ended. */
export type Reason = Code extends infer Known
  ? Known extends `way ${infer Name}`
    ? Name
    : never
  : never;

/** One way that was tried in the present round, and what happened. */
export interface Tried {
  readonly way: Way;
  readonly reason: Reason;
}

export type Status =
  /** A way is being tried; `tried` failed before it. */
  | {
      readonly type: "connecting";
      readonly way: Way;
      readonly attempt: number;
      readonly tried: readonly Tried[];
    }
  /** Data has passed both ways. */
  | { readonly type: "connected"; readonly way: Way; readonly resumed: boolean }
  /** No way works now; all are tried again at `until`, by the link's clock in seconds. */
  | {
      readonly type: "waiting";
      readonly reason: Reason;
      readonly until: number;
      readonly attempt: number;
      readonly tried: readonly Tried[];
    }
  /** Only the person can help; the relay is asked again after `Link.hurry`. */
  | { readonly type: "turned-away"; readonly reason: Reason; readonly code: number }
  /** The link is not running. */
  | { readonly type: "idle" };

/** The kind of road a way takes, in words. */
export function roadOf(way: Way): Said {
  const isSecure = way.address.road === Road.WSS;
  if (way.by === "polling") return say(isSecure ? "road https" : "road http");
  return say(isSecure ? "road wss" : "road ws");
}

/** What is happening, what was tried and what comes next, in plain sentences. */
export function saidOf(status: Status): readonly Said[] {
  switch (status.type) {
    case "connecting":
      return [...retold(status.tried), say("trying", { road: roadOf(status.way) })];
    case "connected":
      return [say("connected", { road: roadOf(status.way) })];
    case "waiting": {
      const tried = retold(status.tried);
      return [...(tried.length > 0 ? tried : [reasonOf(status)]), say("waiting")];
    }
    case "turned-away":
      return [reasonOf(status)];
    case "idle":
      return [say("idle")];
  }
}

/** The same in English, for logs. */
export function sentenceOf(status: Status): string {
  return saidOf(status).map(plain).join(" ");
}

/** Why a relay cannot be reached now, in one sentence. */
export function reasonOf(status: Status): Said {
  if (status.type === "turned-away" && status.code !== 0)
    return openingRefusal(status.code);
  if (status.type === "waiting" || status.type === "turned-away")
    return say(`way ${status.reason}`);
  return say("way slow");
}

function retold(tried: readonly Tried[]): readonly Said[] {
  return tried.map(({ way, reason }) =>
    say("tried", { road: roadOf(way), reason: say(`way ${reason}`) }),
  );
}
