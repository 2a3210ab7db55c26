/**
 * What a link to a relay is doing, as values a face can show: each says which way was
 * taken and why, never only "connecting".
 */
import { Road } from "../wire/tables.ts";
import { refusedOpening } from "../wire/refusals.ts";
import type { Way } from "./carrier.ts";

/** Why a way did not work or ended; faces translate by this word. */
export type Reason = keyof typeof REASONS;

/** The sentence of each reason. */
export const REASONS = {
  unreached: "Nobody answers there; the relay or this network may be down.",
  slow: "Nobody answered there in time.",
  stranger:
    "A website answered there, but its door for Linnet is not where the link says; " +
    "ask for a new link.",
  unanswered:
    "The connection was closed before the relay had answered: something on the way " +
    "cuts it, or what is there is not the relay that the link names.",
  cut: "The connection was cut; something on the way may be cutting it.",
  silent: "Nothing has come over this road for too long.",
  forged:
    "What answered does not hold the relay's key, or something on the way changes " +
    "what is sent; nothing in it was believed.",
  broken: "The relay does not do as it must; a new session follows.",
  ended: "The relay ended the session; a new one follows.",
  refused: "The relay opens no session.",
  roadless:
    "A page has no way to this relay: its link names only roads that browsers do " +
    "not have, or that a page behind TLS may not take.",
  closed: "The connection was closed.",
} as const;

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
export function wayName(way: Way): string {
  const isSecure = way.address.road === Road.WSS;
  if (way.by === "polling") return isSecure ? "HTTPS requests" : "HTTP requests";
  return isSecure ? "WebSocket over TLS" : "WebSocket";
}

/** What is happening, what was tried and what comes next, in plain sentences. */
export function sentenceOf(status: Status): string {
  switch (status.type) {
    case "connecting":
      return `${retold(status.tried)}Trying to reach the relay by ${wayName(status.way)}.`;
    case "connected":
      return `Connected to the relay by ${wayName(status.way)}.`;
    case "waiting":
      return (
        (retold(status.tried) || `${REASONS[status.reason]} `) +
        "Linnet keeps trying; what waits to be sent is kept."
      );
    case "turned-away":
      return status.code ? refusedOpening(status.code).message : REASONS[status.reason];
    case "idle":
      return "The connection to the relay is closed.";
  }
}

function retold(tried: readonly Tried[]): string {
  return tried.map((one) => `By ${wayName(one.way)}: ${REASONS[one.reason]} `).join("");
}
