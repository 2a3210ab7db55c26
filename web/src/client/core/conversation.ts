/**
 * A conversation as a pure machine over its MLS group (spec/conversations.md).
 *
 * Rules of this file: the stream decides the order; nothing of ours counts before it
 * comes back; state that a caller does not keep never happened, so every step can be
 * refused by dropping the machine and loading it. Knows no store, relay or clock.
 */

import { type Bytes, equal } from "../../bytes.ts";
import { Forged, LocalError, Malformed, RemoteError } from "../../errors.ts";
import {
  type ApplicationReceived,
  type CommitReceived,
  findExtension,
  type Group,
  MLSError,
  type ProposalReceived,
  Remove,
  StagedCommit,
  Status,
  WrongEpoch,
} from "../../mls/index.ts";
import { decodeContent, messageId, mimiId } from "./content.ts";
import { type EpochKeys, epochKeys, isBlobRef, seal, unseal } from "./envelope.ts";
import type { Entropy } from "./identity.ts";
import { type ConversationInfo, decodeInfo, DEVICES, INFO_EXTENSION } from "./info.ts";
import { type Arrival, epochChanged, type Outcome } from "./outcomes.ts";
import { groupSettings, people, type Person, person, seconds } from "./people.ts";
import { checkCommit, checkProposal, Circle } from "./policy.ts";
import { changesOf } from "./reports.ts";
import { type Staged, unpackGroup } from "./staging.ts";

/** Milliseconds between one member's turn to commit a leaving and the next one's. */
export const LEAVE_DELAY = 2000;

/** One conversation of one device. Two steps of it must never overlap. */
export class Conversation {
  readonly me: Bytes;
  /** The MLS group at the newest epoch that was adopted. */
  group: Group;
  info: ConversationInfo;
  /** Keys of that epoch. */
  keys: EpochKeys;
  /** Keys of former epochs, as long as envelopes of theirs are held. */
  past = new Map<number, EpochKeys>();
  /** Our own commit that waits to come back. */
  staged: Staged | null = null;
  #people: readonly Person[] | null = null;

  constructor(me: Bytes, group: Group, info: ConversationInfo, keys: EpochKeys) {
    this.me = me;
    this.group = group;
    this.info = info;
    this.keys = keys;
  }

  /** The machine of a group; throws `Malformed` if it does not say what it is. */
  static of(me: Bytes, group: Group): Conversation {
    const made = new Conversation(me, group, infoOf(group), keysOf(group));
    made.#people = people(group.members);
    return made;
  }

  /** The MLS group id. */
  get id(): Bytes {
    return this.group.groupId;
  }

  /** Who is in it, one entry a device. */
  get members(): readonly Person[] {
    // Members change with the epoch only, and reading a thousand leaves takes time.
    return (this.#people ??= people(this.group.members));
  }

  /** The other devices of this account that are in it. */
  get siblings(): readonly Person[] {
    const own = this.group.ownLeaf;
    return this.members.filter(
      ({ account, leaf }) => equal(account, this.me) && leaf !== own,
    );
  }

  /** Who is in it and what it is, for the rules. */
  get circle(): Circle {
    return new Circle(this.info, this.members);
  }

  /** Whether nobody is in it who could hear: no other account, or device. */
  get isAlone(): boolean {
    if (this.info.kind === DEVICES) return this.members.length === 1;
    return this.members.every((one) => equal(one.account, this.me));
  }

  /** Encrypt a message in the current epoch; store the moved ratchet first. */
  async encrypt(content: Bytes, envelope: Bytes, entropy: Entropy): Promise<Bytes> {
    const [group, message] = await this.group.encrypt(content, { entropy });
    this.group = group;
    return this.#seal(message, envelope, entropy);
  }

  /** Ask the others to take this device out (spec/conversations.md §6.5). */
  async proposeLeaving(envelope: Bytes, entropy: Entropy): Promise<Bytes> {
    const proposal = new Remove(this.group.ownLeaf);
    const [group, message] = await this.group.propose(proposal, { entropy });
    this.group = group;
    return this.#seal(message, envelope, entropy);
  }

  #seal(message: Bytes, envelope: Bytes, entropy: Entropy): Bytes {
    return seal(this.keys, { stream: this.info.stream, envelope }, message, entropy);
  }

  /**
   * Take the next envelope of the stream and say what came of it; `now` in milliseconds.
   * Whatever a member or the relay sent, the answer is an outcome, never an error.
   */
  async receive(arrival: Arrival, now: number): Promise<Outcome> {
    const { staged } = this;
    if (staged && equal(arrival.envelope, staged.envelope))
      return this.#adoptOwn(staged);
    if (arrival.isOurs) return { kind: "own returned" };
    try {
      return await this.#read(arrival, now);
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof MLSError)) throw error;
      const isLate = error instanceof WrongEpoch && arrival.epoch < this.keys.epoch;
      const { message: sentence, name } = error;
      return { kind: "unreadable", sentence, error: name, isLate };
    }
  }

  async #read(arrival: Arrival, now: number): Promise<Outcome> {
    const keys = this.#keysOf(arrival.epoch);
    const place = { stream: this.info.stream, envelope: arrival.envelope };
    const body = arrival.blob ?? unseal(keys, place, arrival.data);
    if (isBlobRef(body)) return { kind: "blob needed", blob: body };
    const received = await this.group.process(body, { now: seconds(now) });
    switch (received.kind) {
      case "application":
        return this.#hear(received, arrival.envelope);
      case "proposal":
        return this.#consider(received);
      case "commit":
        return this.#judge(received);
    }
  }

  #keysOf(epoch: number): EpochKeys {
    const keys = epoch === this.keys.epoch ? this.keys : this.past.get(epoch);
    if (keys) return keys;
    throw new Malformed("A message is of an epoch that is long over.");
  }

  #hear(received: ApplicationReceived, envelope: Bytes): Outcome {
    // The ratchet has moved for good, whatever the plaintext turns out to be.
    this.group = received.group;
    const sender = person(received.sender).account;
    const content = decodeContent(received.plaintext);
    const mimi = mimiId(sender, this.id, received.plaintext, content.salt);
    if (!equal(messageId(mimi), envelope))
      throw new Forged("A message came under the id of another one.");
    return { kind: "spoken", sender, content, mimi };
  }

  #consider(received: ProposalReceived): Outcome {
    const { circle } = this;
    const proposer = circle.sender(received.sender);
    checkProposal(circle, received.proposal, proposer.account);
    this.group = received.group;
    return { kind: "proposal kept", delay: this.#rank() * LEAVE_DELAY };
  }

  /** How many others are to commit what is pending before this device does. */
  #rank(): number {
    const leaving = new Set<number>();
    for (const { proposal } of this.group.pendingProposals)
      if (proposal instanceof Remove) leaving.add(proposal.leaf);
    const own = this.group.ownLeaf;
    return this.members.filter(({ leaf }) => leaf < own && !leaving.has(leaf)).length;
  }

  #judge(received: CommitReceived): Outcome {
    const { report, group } = received;
    const lost = this.staged !== null;
    if (report.removedMe) {
      const changes = changesOf(this.circle, this.info, report, []);
      this.group = group;
      return epochChanged(changes, { lost, removedMe: true });
    }
    let info: ConversationInfo;
    let after: readonly Person[];
    try {
      [info, after] = [infoOf(group), people(group.members)];
      checkCommit(this.circle, report, info, after);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      return { kind: "broken", sentence: refusal(error.message) };
    }
    const changes = changesOf(this.circle, info, report, after);
    const moved = !equal(info.stream, this.info.stream);
    this.staged = null;
    this.#enter(group, info);
    return epochChanged(changes, { lost, moved });
  }

  async #adoptOwn(staged: Staged): Promise<Outcome> {
    this.staged = null;
    const fulfilled = staged.wants;
    if (staged.isResync) {
      this.#enter(await unpackGroup(staged.commit), this.info);
      return epochChanged([], { fulfilled, isMine: true });
    }
    const settings = groupSettings();
    const commit = await StagedCommit.fromBytes(staged.commit, { settings });
    const group = this.group.accept(commit);
    const info = infoOf(group);
    const moved = !equal(info.stream, this.info.stream);
    this.#enter(group, info);
    const { changes, invitees } = staged;
    const welcome = commit.welcome ?? null;
    return epochChanged(changes, { fulfilled, invitees, welcome, isMine: true, moved });
  }

  #enter(group: Group, info: ConversationInfo): void {
    if (group.status !== Status.ACTIVE)
      throw new LocalError("A conversation was entered that is over.");
    this.past.set(this.keys.epoch, this.keys);
    this.group = group;
    this.info = info;
    this.keys = keysOf(group);
    this.#people = null;
  }
}

function refusal(sentence: string): string {
  return (
    `${sentence} What they sent was refused; this conversation cannot go on. ` +
    "Begin another one without them."
  );
}

/** Read what a group says it is; throws `Malformed`. */
export function infoOf(group: Group): ConversationInfo {
  const data = findExtension(group.extensions, INFO_EXTENSION);
  if (data === undefined)
    throw new Malformed("A conversation does not say what it is.");
  return decodeInfo(data);
}

function keysOf(group: Group): EpochKeys {
  return epochKeys(group.epoch, (...asked) => group.export(...asked));
}
