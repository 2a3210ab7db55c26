/** What came of an envelope: values that the store and the driver act on. */

import type { Bytes } from "../../bytes.ts";
import type { Content } from "./content.ts";
import type { BlobRef } from "./envelope.ts";

/** What a member did to a conversation. */
export type Deed =
  | "added"
  | "removed"
  | "left"
  | "returned"
  | "retitled"
  | "admin"
  | "plain"
  | "moved"
  | "renamed"
  | "device added"
  | "device removed";

/** One thing that a commit did, and who did it to whom. */
export interface Change {
  readonly deed: Deed;
  readonly actor: Bytes;
  readonly subject: Bytes;
  readonly text: string;
  readonly was: string;
}

/** A member said something. */
export interface Spoken {
  readonly kind: "spoken";
  readonly sender: Bytes;
  readonly content: Content;
  readonly mimi: Bytes;
}

/** A commit was adopted; keys, members and description may be others now. */
export interface EpochChanged {
  readonly kind: "epoch changed";
  readonly changes: readonly Change[];
  /** Wants that are true now, because our own commit came back. */
  readonly fulfilled: readonly number[];
  /** Those among them that now get the Welcome. */
  readonly invitees: readonly number[];
  /** For them, when there are any. */
  readonly welcome: Bytes | null;
  /** Our own staged commit was dropped; its wants are to be tried again. */
  readonly lost: boolean;
  /** Our own commit. */
  readonly isMine: boolean;
  readonly removedMe: boolean;
  readonly moved: boolean;
}

/** Something that could not be read; it is skipped and shown as such. */
export interface Unreadable {
  readonly kind: "unreadable";
  readonly sentence: string;
  /** The name of the error. */
  readonly error: string;
  /** A member wrote it in an epoch whose message keys are gone here. */
  readonly isLate: boolean;
}

export type Outcome =
  | Spoken
  /** Something of ours that is no commit came back: it has its place now. */
  | { readonly kind: "own returned" }
  | EpochChanged
  /** A member wants to leave; who is asked to commits it after so many milliseconds. */
  | { readonly kind: "proposal kept"; readonly delay: number }
  | Unreadable
  /** The conversation cannot be followed any further by this device. */
  | { readonly kind: "broken"; readonly sentence: string }
  /** The envelope names a blob; deliver it again together with what the blob holds. */
  | { readonly kind: "blob needed"; readonly blob: BlobRef };

/** One envelope as the relay delivered it. */
export interface Arrival {
  readonly epoch: number;
  readonly envelope: Bytes;
  readonly data: Bytes;
  /** What its blob holds, once fetched. */
  readonly blob: Bytes | null;
  /** This device sent it and knows what is in it. */
  readonly isOurs: boolean;
}

/** An adopted commit of which only what differs is said. */
export function epochChanged(
  changes: readonly Change[],
  more: Partial<EpochChanged> = {},
): EpochChanged {
  return {
    kind: "epoch changed",
    changes,
    fulfilled: [],
    invitees: [],
    welcome: null,
    lost: false,
    isMine: false,
    removedMe: false,
    moved: false,
    ...more,
  };
}
