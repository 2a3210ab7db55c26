/**
 * What the door tells its listeners. Every event is stored before it is told, so whoever
 * misses one finds it in the history.
 */

import type { Said } from "../sentences/said.ts";
import type {
  AccountId,
  Attempt,
  Contact,
  Conversation,
  ConversationId,
  Device,
  Message,
  MessageId,
  Preferences,
  Profile,
  Request,
  Status,
} from "./values.ts";

export type Event =
  /** A member wrote; also for notices of what members did. */
  | { readonly type: "message received"; readonly message: Message }
  /** This account wrote, here or on another device. */
  | { readonly type: "message sent"; readonly message: Message }
  /** Edited, deleted, reacted to, delivered, read, failed, pinned, or moved in its file. */
  | { readonly type: "message changed"; readonly message: Message }
  /** Its time was over, or it was removed from this device. */
  | {
      readonly type: "message gone";
      readonly conversation: ConversationId;
      readonly message: MessageId;
    }
  /** A member types, or has stopped; valid for a few seconds, never stored. */
  | {
      readonly type: "typing";
      readonly conversation: ConversationId;
      readonly account: AccountId;
      readonly name: string;
      readonly isTyping: boolean;
    }
  /** A file moves: so many of so many bytes, up or down. */
  | {
      readonly type: "transfer";
      readonly conversation: ConversationId;
      readonly message: MessageId;
      readonly moved: number;
      readonly size: number;
    }
  /** New here, or anything of its row has changed. */
  | { readonly type: "conversation changed"; readonly conversation: Conversation }
  | { readonly type: "conversation gone"; readonly conversation: ConversationId }
  | { readonly type: "requested"; readonly request: Request }
  /** Accepted, declined, or answered on another device. */
  | { readonly type: "request gone"; readonly conversation: ConversationId }
  | { readonly type: "contact changed"; readonly contact: Contact }
  /** Something is wrong with an identity; show it loudly. */
  | {
      readonly type: "identity warning";
      readonly contact: Contact;
      readonly said: Said;
    }
  /** A relay came back from an older backup; this device sent it what it had lost. */
  | {
      readonly type: "relay rewound";
      readonly conversation: ConversationId;
      readonly resent: number;
    }
  /** One more way was tried, because the person wants to know what is blocked. */
  | { readonly type: "attempted"; readonly attempt: Attempt }
  | { readonly type: "status changed"; readonly status: Status }
  | { readonly type: "profile changed"; readonly profile: Profile }
  | { readonly type: "preferences changed"; readonly preferences: Preferences }
  | { readonly type: "devices changed"; readonly devices: readonly Device[] }
  /** A device wants to be linked and shows this code; answer with `confirmLink`. */
  | { readonly type: "link code"; readonly code: string; readonly device: string }
  /** Linking goes on: so many of so many steps or bytes, or it ended. */
  | {
      readonly type: "linking";
      readonly state: "waiting" | "moving" | "done" | "failed";
      readonly moved: number;
      readonly size: number;
      /** Why it failed. */
      readonly reason: Said | null;
    }
  /** Another tab holds the keys now, or this one does; the account may be gone or locked. */
  | { readonly type: "standing changed"; readonly standing: Standing };

/** What the page must show before anything else. */
export type Standing =
  /** No account on this device yet. */
  | "new"
  /** The passphrase is needed. */
  | "locked"
  | "open"
  /** Another device removed this one; what is here stays readable. */
  | "cut off"
  /** The browser gives no storage, or the store is damaged; the sentence is in the error. */
  | "unusable";
