/**
 * The one door to a client, as every face sees it. In the tab that holds the keys it leads
 * to the worker; in other tabs it leads there through that tab. What changes something
 * returns once it is stored; what must reach others is sent in the background.
 *
 * Every method rejects with a `DoorError`, whose message is a sentence for the person.
 */

import type { Code } from "../sentences/index.ts";
import { plain, type Said } from "../sentences/said.ts";
import type { Event, Standing } from "./events.ts";
import type {
  AccountId,
  Attempt,
  Contact,
  Conversation,
  ConversationId,
  Device,
  DeviceId,
  Found,
  Media,
  Member,
  Mention,
  Message,
  MessageId,
  OwnRoad,
  Page,
  Preferences,
  Profile,
  Request,
  SafetyNumber,
  Status,
} from "./values.ts";

/** Whose fault it was: what the person did, this device's storage, the relay, or ours. */
export type Fault = "usage" | "storage" | "relay" | "bug";

/** An error that may be shown: its message says what happened, what is safe, what to do. */
export class DoorError extends Error {
  readonly fault: Fault;
  /** The sentence by its code, for faces that speak other languages than English. */
  readonly said: Said;

  constructor(fault: Fault, said: Said) {
    super(plain(said));
    this.name = "DoorError";
    this.fault = fault;
    this.said = said;
  }

  get code(): Code {
    return this.said.code;
  }
}

/** What a message may say besides its text. */
export interface Extra {
  /**
   * 16 random bytes in hexadecimal, which make the text that is sent the one that it is:
   * sent again with the same, it is still one message.
   */
  readonly salt?: string;
  readonly replyTo?: MessageId;
  readonly mentions?: readonly Mention[];
}

/** A file to send. The blob stays readable until the upload is done. */
export interface Outgoing {
  readonly file: Blob;
  readonly name: string;
  readonly mediaType: string;
  readonly media: Media;
}

/** How to begin: a relay that is open to all, or a pass that lets one in. */
export interface Beginning {
  readonly name: string;
  /** A pass link (`linnet:`...), or "" for the open relay that serves this page. */
  readonly pass: string;
  /** "" for none. */
  readonly passphrase: string;
}

export interface Door {
  /** What the page must show first. */
  standing(): Promise<Standing>;
  /** Call with everything that happens from now on; the answer ends it. */
  listen(listener: (event: Event) => void): () => void;

  // Beginning and ending

  create(beginning: Beginning): Promise<Profile>;
  unlock(passphrase: string): Promise<void>;
  lock(): Promise<void>;
  /** Set, change or (with "") take away the passphrase of this device. */
  setPassphrase(passphrase: string): Promise<void>;
  /** Take an account over from a backup file; `phrase` opens it. */
  restore(backup: Blob, phrase: string, passphrase: string): Promise<Profile>;
  /** Write everything into an encrypted file; the phrase is shown once. */
  backup(): Promise<{ file: Blob; phrase: string }>;
  /** Erase this device at once: keys first. Others are not told. */
  erase(): Promise<void>;

  // The account

  profile(): Promise<Profile>;
  rename(name: string): Promise<Profile>;
  preferences(): Promise<Preferences>;
  setPreferences(changed: Partial<Preferences>): Promise<Preferences>;
  status(): Promise<Status>;
  /** Try every relay again now. */
  retryNow(): Promise<void>;
  addRelay(pass: string): Promise<void>;
  /** Ways to relays that only this person has; they stay on this device. */
  roads(): Promise<readonly OwnRoad[]>;
  /** Use the roads of a link, first of all. */
  addRoads(link: string): Promise<readonly OwnRoad[]>;
  /** Let a road that a contact shared be used. */
  takeRoad(id: string): Promise<readonly OwnRoad[]>;
  removeRoad(id: string): Promise<readonly OwnRoad[]>;
  /** Try every way to every relay that is used; "attempted" events tell each at once. */
  examine(): Promise<readonly Attempt[]>;
  /** The key under which this account's relay wakes browsers; "" if it wakes none. */
  pushKey(): Promise<string>;
  /** Let the relay of that key wake this browser at an endpoint; "" for no more. */
  watch(endpoint: string, key: string): Promise<void>;

  // Links, contacts and requests

  invite(): Promise<string>;
  rotateInvite(): Promise<string>;
  /** Ask the owner of an invite link to talk; works without a connection. */
  add(link: string, note: string): Promise<Conversation>;
  /** The conversation with a contact; where there is none that lasts, another is begun. */
  talk(account: AccountId): Promise<Conversation>;
  requests(): Promise<readonly Request[]>;
  accept(request: ConversationId): Promise<Conversation>;
  decline(request: ConversationId): Promise<void>;
  block(account: AccountId): Promise<void>;
  unblock(account: AccountId): Promise<void>;
  contacts(): Promise<readonly Contact[]>;
  safetyNumber(account: AccountId): Promise<SafetyNumber>;
  verify(account: AccountId, verified: boolean): Promise<Contact>;

  // Devices

  devices(): Promise<readonly Device[]>;
  /** On the device that has the account: a link for the new one; events tell the rest. */
  link(): Promise<string>;
  confirmLink(code: string): Promise<void>;
  cancelLink(): Promise<void>;
  /** On the new device: take the account over; `link code` events tell what to compare. */
  joinAccount(link: string, deviceName: string, passphrase: string): Promise<Profile>;
  removeDevice(device: DeviceId): Promise<void>;

  // Conversations

  conversations(): Promise<readonly Conversation[]>;
  conversation(id: ConversationId): Promise<Conversation>;
  members(id: ConversationId): Promise<readonly Member[]>;
  newGroup(title: string, members: readonly AccountId[]): Promise<Conversation>;
  addMembers(id: ConversationId, members: readonly AccountId[]): Promise<void>;
  removeMember(id: ConversationId, member: AccountId): Promise<void>;
  setAdmin(id: ConversationId, member: AccountId, isAdmin: boolean): Promise<void>;
  renameGroup(id: ConversationId, title: string): Promise<void>;
  leave(id: ConversationId): Promise<void>;
  setTimer(id: ConversationId, seconds: number): Promise<void>;
  /** Move to another relay of this account: the first characters of its key. */
  move(id: ConversationId, relay: string): Promise<void>;
  setMuted(id: ConversationId, muted: boolean): Promise<void>;
  setArchived(id: ConversationId, archived: boolean): Promise<void>;
  setPinned(id: ConversationId, pinned: boolean): Promise<void>;
  setDraft(id: ConversationId, draft: string): Promise<void>;
  markRead(id: ConversationId): Promise<void>;
  typing(id: ConversationId, isTyping: boolean): Promise<void>;
  /** Forget a conversation that is over, on this device. */
  forget(id: ConversationId): Promise<void>;

  // Messages

  /** A page that ends before, begins after, or lies around a message; the newest without. */
  history(
    id: ConversationId,
    edge: { before?: MessageId; after?: MessageId; around?: MessageId },
    limit: number,
  ): Promise<Page>;
  search(
    words: string,
    within: ConversationId | null,
    limit: number,
  ): Promise<readonly Found[]>;
  pinned(id: ConversationId): Promise<readonly Message[]>;
  send(id: ConversationId, text: string, extra: Extra): Promise<Message>;
  sendFile(
    id: ConversationId,
    outgoing: Outgoing,
    text: string,
    extra: Extra,
  ): Promise<Message>;
  /**
   * Fetch a file, going on where an earlier try ended; `transfer` events tell how far. One
   * that nobody asked for is not fetched from a relay that is not known here.
   */
  fetchFile(id: ConversationId, message: MessageId, isUnasked?: boolean): Promise<Blob>;
  /** Stop a file that moves, up or down. */
  cancelFile(id: ConversationId, message: MessageId): Promise<void>;
  edit(id: ConversationId, message: MessageId, text: string): Promise<Message>;
  remove(id: ConversationId, message: MessageId): Promise<Message>;
  /** React; an empty string takes our reactions back. */
  react(id: ConversationId, message: MessageId, emoji: string): Promise<Message>;
  /** Send a failed message again, under the same id. */
  retry(id: ConversationId, message: MessageId): Promise<Message>;
  pinMessage(id: ConversationId, message: MessageId, pinned: boolean): Promise<void>;
}
