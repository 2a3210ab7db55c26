/**
 * What a face shows: contacts, conversations, messages and states, as plain values that
 * cross from the worker to the page unchanged. Knows nothing of keys, wire or store.
 * Identities are lower-case hexadecimal; times are milliseconds since 1970.
 */

import type { Said } from "../sentences/said.ts";

/** An account's public identity key: 64 hexadecimal digits. */
export type AccountId = string & { readonly account: unique symbol };
/** 32 hexadecimal digits, the same for every member. */
export type ConversationId = string & { readonly conversation: unique symbol };
/** 32 hexadecimal digits. */
export type MessageId = string & { readonly message: unique symbol };
/** 16 hexadecimal digits. */
export type DeviceId = string & { readonly device: unique symbol };

/** What stands between this account and another one. */
export type ContactState = "known" | "asked" | "accepted" | "blocked";
export type ConversationKind = "direct" | "group";
/** Whether a conversation can be written to, and if not, why. */
export type ConversationState =
  "request" | "active" | "joining" | "leaving" | "left" | "removed" | "broken";
/** How far a message of ours has come; what others sent is `received`. */
export type MessageState =
  "queued" | "on the relay" | "delivered" | "read" | "failed" | "received";
/** How a file has come: one that is `offered` lies on a relay, and nobody here asked for it. */
export type TransferState =
  "offered" | "waiting" | "moving" | "done" | "failed" | "cancelled";

export interface Contact {
  readonly account: AccountId;
  readonly name: string;
  readonly state: ContactState;
  readonly verified: boolean;
  /** First characters of the account key; tells two of one name apart, proves nothing. */
  readonly fingerprint: string;
  /** Another known account has this name: somebody who lost theirs, or pretends to be them. */
  readonly sameName: boolean;
}

/** Somebody asks to talk, or adds this account to a group, and is not accepted yet. */
export interface Request {
  readonly sender: Contact;
  readonly conversation: ConversationId;
  readonly kind: ConversationKind;
  readonly title: string;
  readonly note: string;
  readonly receivedAt: number;
  /** Something is wrong, such as a known name with another identity key. */
  readonly warning: Said | null;
}

export interface Member {
  readonly account: AccountId;
  readonly name: string;
  readonly isMe: boolean;
  readonly isAdmin: boolean;
  readonly verified: boolean;
  readonly devices: number;
}

/** What a message says of a picture, a video or a voice note before it is fetched. */
export interface Media {
  readonly width?: number;
  readonly height?: number;
  /** A tiny picture to show blurred: at most 1,000 bytes. */
  readonly preview?: Uint8Array;
  /** Milliseconds. */
  readonly duration?: number;
  /** Loudness over time, each 0 to 255; at most 128. A voice note has one. */
  readonly wave?: Uint8Array;
}

export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly state: TransferState;
  readonly moved: number;
  readonly media: Media;
}

export interface Reaction {
  readonly account: AccountId;
  readonly name: string;
  readonly emoji: string;
  readonly isMine: boolean;
}

/** A part of a text that names a member; both numbers count code points. */
export interface Mention {
  readonly start: number;
  readonly length: number;
  readonly account: AccountId;
}

/**
 * What members or relays did, for the face to word in the reader's language.
 * `kind` is one of `NoticeKind`; `names` are whom it is about.
 */
export interface Notice {
  readonly kind: NoticeKind;
  readonly names: readonly string[];
  /** What it was changed to: a title, a number of seconds, a count; "" where nothing. */
  readonly detail: string;
  /** Why what was wanted was refused. */
  readonly why?: Said;
}

export type NoticeKind =
  | "created"
  | "joined"
  | "added"
  | "removed"
  | "left"
  | "renamed group"
  | "renamed"
  | "admin made"
  | "admin unmade"
  | "timer"
  | "moved"
  | "new device"
  | "device removed"
  | "resent"
  | "rewound"
  | "unreadable"
  | "unknown kind"
  | "stranded"
  | "refused commit"
  | "refused want"
  | "identity changed"
  | "device cut off"
  /** Roads were shared; `detail` is how many wait here, and how many no page can take. */
  | "roads";

export interface Message {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly sender: AccountId;
  readonly name: string;
  readonly isMine: boolean;
  /** When the relay took it; when we wrote it, while it is queued. */
  readonly time: number;
  /** Its place in the conversation: sorts the timeline, and names a page's edge. */
  readonly place: number;
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly state: MessageState;
  /** Something happened; such a row has no text, and `name` is who did it. */
  readonly notice: Notice | null;
  /** Why it failed or waits, if anything is known. */
  readonly reason: Said | null;
  /** What it answers, as far as it is known here. */
  readonly replyTo: Quote | null;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly attachment: Attachment | null;
  readonly reactions: readonly Reaction[];
  /** When it disappears; null: never, or its time has not begun. */
  readonly expiresAt: number | null;
  readonly deliveredTo: number;
  readonly readBy: number;
  readonly pinned: boolean;
}

/** The message that another one answers. */
export interface Quote {
  readonly id: MessageId;
  readonly name: string;
  readonly text: string;
  readonly isMine: boolean;
  readonly deleted: boolean;
}

/** One row of the chat list. */
export interface Conversation {
  readonly id: ConversationId;
  readonly kind: ConversationKind;
  readonly state: ConversationState;
  /** A group's title; of two people, the other one's name. */
  readonly title: string;
  /** Of two people, the other one. */
  readonly peer: Contact | null;
  readonly memberCount: number;
  readonly isAdmin: boolean;
  readonly unread: number;
  /** Somebody named us in what is unread. */
  readonly mentioned: boolean;
  /** Seconds after which messages disappear; 0: never. */
  readonly timer: number;
  /** First characters of the key of the relay it lives on. */
  readonly relay: string;
  readonly lastMessage: Message | null;
  readonly lastActive: number;
  readonly muted: boolean;
  readonly archived: boolean;
  readonly pinned: boolean;
  /** What was typed and not sent. */
  readonly draft: string;
  /** Messages of ours that wait. */
  readonly queued: number;
}

/** A page of a timeline, oldest first. */
export interface Page {
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/** Where a search found its words. */
export interface Found {
  readonly conversation: ConversationId;
  readonly title: string;
  readonly message: Message;
}

/** 60 digits that two people compare; unequal means somebody is between them. */
export interface SafetyNumber {
  readonly contact: Contact;
  readonly digits: string;
}

/** What this account lets others know, and what this device does. */
export interface Preferences {
  readonly deliveryReceipts: boolean;
  readonly readReceipts: boolean;
  readonly typing: boolean;
  readonly notifications: boolean;
  /** Notifications show who wrote and what. */
  readonly notificationText: boolean;
  readonly theme: "system" | "light" | "dark";
  /** A language tag the page has, or "" for the browser's. */
  readonly language: string;
}

export interface Device {
  readonly id: DeviceId;
  readonly name: string;
  readonly isThis: boolean;
  readonly linkedAt: number;
}

/** A way to a relay that only this person has, as a proxy or a contact gave it. */
export interface OwnRoad {
  readonly id: string;
  /** First characters of the key of the relay that it leads to. */
  readonly relay: string;
  /** Its kind, in words. */
  readonly road: Said;
  readonly host: string;
  readonly port: number;
  /** Whether it is behind TLS; a page that is takes no other. */
  readonly isSecure: boolean;
  /** The name of the contact who shared it; null where it is the person's own. */
  readonly giver: string | null;
  /** Whether it may be used: what a contact shared waits until the person takes it. */
  readonly isTaken: boolean;
}

/** What came of trying a way, from the best to the least; a browser tells no more apart. */
export type Came =
  | "works"
  | "slow"
  | "turned away"
  | "cut"
  | "frozen"
  | "unanswered"
  | "no door"
  | "nobody";

/** One way to a relay, tried. */
export interface Attempt {
  /** First characters of the relay's key. */
  readonly relay: string;
  /** The kind of road, in words. */
  readonly road: Said;
  /** Whether it is one connection that lasts; else it is made of requests. */
  readonly isLasting: boolean;
  readonly host: string;
  readonly port: number;
  readonly came: Came;
  /** Bytes of messages that crossed, both directions together. */
  readonly octets: number;
  readonly seconds: number;
}

export interface RelayStatus {
  /** First characters of the relay's key, as people see it. */
  readonly relay: string;
  /** Its host, for the owner of this device to see. */
  readonly host: string;
  /** This account has its inbox there. */
  readonly isMine: boolean;
  readonly state: "connected" | "connecting" | "waiting" | "off";
  /** Which road is in use; null when none. */
  readonly road: Said | null;
  /** What was tried, what happened, what is tried next. */
  readonly why: readonly Said[];
  readonly conversations: number;
  readonly queued: number;
  /** What does not get on although the relay answers. */
  readonly trouble: readonly Said[];
}

/** What is connected, by which road, what is queued and why. */
export interface Status {
  readonly relays: readonly RelayStatus[];
  readonly queued: number;
  readonly failed: number;
  readonly connected: boolean;
  /** Bytes this origin keeps, and may keep, as far as the browser says. */
  readonly used: number;
  readonly room: number;
  /** Seconds this device's clock is off from a relay's; 0 when within a minute. */
  readonly clockOff: number;
}

/** Who this account is. */
export interface Profile {
  readonly account: AccountId;
  readonly name: string;
  readonly fingerprint: string;
  readonly device: DeviceId;
  readonly hasPassphrase: boolean;
}
