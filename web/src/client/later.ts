/**
 * Parts of the client that the page does not begin with: each is fetched from the page's own
 * origin, or from what the service worker keeps, when it is first wanted. Never ask for one
 * inside a transaction of the store, which would end meanwhile.
 */

import { Unreachable } from "../errors.ts";
import { say } from "../sentences/index.ts";

/** Edits, deletions, reactions, timers. */
export const amending = () => fetched(import("./amending.ts"));
/** Declining, blocking, comparing. */
export const judging = () => fetched(import("./judging.ts"));
/** Another name, link, relay; preferences. */
export const owning = () => fetched(import("./owning.ts"));
/** Ways to relays that only this person has. */
export const roads = () => fetched(import("./roads.ts"));
/** What is blocked here. */
export const examining = () => fetched(import("./examining.ts"));
/** Words, pinned messages, members. */
export const searching = () => fetched(import("./searching.ts"));
/** Groups begun, members, admins, titles, leaving; other devices removed. */
export const caring = () => fetched(import("./caring.ts"));
/** Backups. */
export const keeping = () => fetched(import("./keeping.ts"));
/** Letting a new device in, and being one. */
export const linking = () => fetched(import("./linking.ts"));
/** An account that was handed over. */
export const taking = () => fetched(import("./taking.ts"));
/** Files. */
export const sharing = () => fetched(import("./sharing.ts"));
/** The task of sending files. */
export const uploading = () => fetched(import("./sync/uploading.ts"));
/** What did not fit an envelope. */
export const blobs = () => fetched(import("./sync/blobs.ts"));
/** Being one of several devices. */
export const amongOthers = () => fetched(import("./sync/among.ts"));
/** Safety numbers. */
export const comparing = () => fetched(import("./core/safety.ts"));
/** What a relay lost. */
export const recovery = () => fetched(import("./sync/recovery.ts"));
/** Keys out of passphrases. */
export const stretching = () => fetched(import("./store/stretching.ts"));

/** Rejects with `Unreachable` where a part cannot be had now. */
async function fetched<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch {
    throw new Unreachable(say("part away"));
  }
}
