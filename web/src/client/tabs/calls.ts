/** What goes between a page and its worker, and between tabs: calls of the door, answers, events. */

import { here } from "../../sentences/pages.ts";
import type { Said } from "../../sentences/said.ts";
import { hex } from "../../bytes.ts";
import type { Door, Fault } from "../door.ts";
import { DoorError } from "../door.ts";
import type { Event } from "../events.ts";

/** A method of the door that is called and answered. */
export type Method = Exclude<keyof Door, "listen">;

/** How a call may be treated when nobody knows whether it was done. */
type Manner =
  /** It only reads, or doing it twice is doing it once: it is simply done again. */
  | "again"
  /** It must not be done twice unasked. */
  | "once";

/** Every method there is; nothing else can be called. */
export const METHODS: Readonly<Record<Method, Manner>> = {
  standing: "again",
  create: "once",
  unlock: "again",
  lock: "again",
  setPassphrase: "again",
  restore: "once",
  backup: "again",
  erase: "again",
  profile: "again",
  rename: "again",
  preferences: "again",
  setPreferences: "again",
  status: "again",
  retryNow: "again",
  addRelay: "again",
  roads: "again",
  addRoads: "again",
  takeRoad: "again",
  removeRoad: "once",
  examine: "again",
  pushKey: "again",
  watch: "again",
  invite: "again",
  rotateInvite: "once",
  add: "once",
  talk: "once",
  requests: "again",
  accept: "once",
  decline: "once",
  block: "again",
  unblock: "once",
  contacts: "again",
  safetyNumber: "again",
  verify: "again",
  devices: "again",
  link: "once",
  confirmLink: "once",
  cancelLink: "again",
  joinAccount: "once",
  removeDevice: "once",
  conversations: "again",
  conversation: "again",
  members: "again",
  newGroup: "once",
  addMembers: "once",
  removeMember: "once",
  setAdmin: "again",
  renameGroup: "again",
  leave: "once",
  setTimer: "once",
  move: "once",
  setMuted: "again",
  setArchived: "again",
  setPinned: "again",
  setDraft: "again",
  markRead: "again",
  typing: "again",
  forget: "once",
  history: "again",
  search: "again",
  pinned: "again",
  // Every text has a salt of its own: sent again, it is the same message.
  send: "again",
  sendFile: "once",
  fetchFile: "again",
  cancelFile: "again",
  edit: "once",
  remove: "once",
  react: "once",
  retry: "once",
  pinMessage: "again",
};

export interface Call {
  readonly kind: "call";
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | {
      readonly kind: "fault";
      readonly id: number;
      readonly fault: Fault;
      readonly said: Said;
    };

export interface Told {
  readonly kind: "event";
  readonly event: Event;
}

/** One end of a road for values: a worker, the inside of one, a channel between tabs. */
export interface Port {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** The answer that says what went wrong. */
export function faultAnswer(id: number, error: unknown): Answer {
  const known = error instanceof DoorError ? error : new DoorError("bug", here("bug"));
  const { fault, said } = known;
  return { kind: "fault", id, fault, said };
}

/** Make a door of whatever passes calls on. */
export function doorOf(
  call: (method: Method, args: readonly unknown[]) => Promise<unknown>,
  listen: Door["listen"],
): Door {
  const methods = Object.keys(METHODS).map((method) => [
    method,
    (...args: readonly unknown[]) => call(method as Method, args),
  ]);
  const calls = Object.fromEntries(methods) as Omit<Door, "listen">;
  const send: Door["send"] = (id, text, extra) =>
    calls.send(id, text, { salt: newSalt(), ...extra });
  return { ...calls, send, listen };
}

function newSalt(): string {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}
