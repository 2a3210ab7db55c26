/**
 * What is on the screen, kept in the browser's history so that the back gesture works.
 * The address never changes: no conversation's name gets into anybody's history or log.
 */

import { signal } from "@preact/signals";
import type { ConversationId, MessageId } from "../client/values.ts";

/** The left column on a wide screen, or the whole of a narrow one. */
export type Pane =
  | "chats"
  | "archive"
  | "requests"
  | "new"
  | "group"
  | "add"
  | "invite"
  | "settings"
  | "profile"
  | "privacy"
  | "look"
  | "passphrase"
  | "devices"
  | "link"
  | "backup"
  | "connection"
  | "about"
  | "erase";

/** The right column, about the open conversation. */
export type Side = "info" | "safety" | "invitees" | "find" | "pins";

export interface Route {
  readonly pane: Pane;
  readonly talk: ConversationId | null;
  readonly around: MessageId | null;
  readonly side: Side | null;
  /** Grows with each step forward, so that one knows whether there is a way back. */
  readonly depth: number;
}

export const HOME: Route = {
  pane: "chats",
  talk: null,
  around: null,
  side: null,
  depth: 0,
};

export const route = signal<Route>(HOME);

/** Follow the browser's history from now on; also finds the way again after a reload. */
export function followHistory(): () => void {
  const take = () => {
    const state: unknown = history.state;
    route.value = isRoute(state) ? state : HOME;
  };
  take();
  window.addEventListener("popstate", take);
  return () => {
    window.removeEventListener("popstate", take);
  };
}

function isRoute(state: unknown): state is Route {
  return (
    typeof state === "object" && state !== null && "pane" in state && "depth" in state
  );
}

/** A step forward, which the back gesture undoes. */
export function go(change: Partial<Route>): void {
  const next = {
    ...route.value,
    around: null,
    ...change,
    depth: route.value.depth + 1,
  };
  history.pushState(next, "");
  route.value = next;
}

/** Change the screen without a step to undo. */
export function swap(change: Partial<Route>): void {
  const next = { ...route.value, ...change };
  history.replaceState(next, "");
  route.value = next;
}

/** One step back; to `otherwise` where there is none, as after a fresh start. */
export function back(otherwise: Partial<Route> = HOME): void {
  if (route.value.depth > 0) history.back();
  else swap({ ...HOME, ...otherwise });
}

/** Open a conversation: a step on a narrow screen, in place when one is open already. */
export function openTalk(talk: ConversationId, around: MessageId | null = null): void {
  const change = { talk, around, side: null };
  if (route.value.talk === null || around !== null) go(change);
  else swap(change);
}
