/**
 * The door to the package: a group, as one of its members holds it.
 *
 * A `Group` is a value. Whatever is done with it gives a new one, and leaves it as it was.
 *
 * Rules for callers: make a new value's state durable before its message is sent; go on
 * with the newest value only; let somebody decide which commit of an epoch is the first.
 */
import { equal, type Bytes } from "../bytes.ts";
import { makeCommit, type CommitOptions, type Made } from "./committing.ts";
import { StateMismatch } from "./errors.ts";
import type { ExternalCommitOptions } from "./external-commits.ts";
import type { Identity } from "./identities.ts";
import {
  create,
  join,
  openWelcome,
  specialUsage,
  type GroupOptions,
} from "./joining.ts";
import type { KeyPackage, OwnKeyPackage } from "./key-packages.ts";
import type { Proposal } from "./proposals.ts";
import { sealPublic } from "./protection.ts";
import { ResumptionUsage, type Psks } from "./psks.ts";
import { receive } from "./receiving.ts";
import type {
  CommitReport,
  ToldApplication,
  ToldCommit,
  ToldProposal,
} from "./reports.ts";
import {
  sendApplication,
  sendProposal,
  sendUpdate,
  type Framing,
  type UpdateOptions,
} from "./sending.ts";
import type { Settings } from "./settings.ts";
import { decodeStaged, encodeStaged, restore } from "./storage.ts";
import type { Successor } from "./subgroups.ts";
import type { Entropy } from "./suites.ts";
import { GroupView } from "./views.ts";
import { GroupInfo, Welcome } from "./welcomes.ts";
import { encodeMessage, WireFormat } from "./wire-formats.ts";

/** What few groups ever need is fetched when it is. */
const subgroups = () => import("./subgroups.ts");

/** How a welcome is taken. */
export interface JoinOptions {
  /** The tree, if it does not come with the welcome. */
  readonly ratchetTree?: Bytes | undefined;
  /** Pre-shared keys that the welcome may name. */
  readonly psks?: Psks;
  /** The group this one branches from or follows, if it does. */
  readonly parent?: Group | undefined;
}

/** When something is done, and with what randomness. */
export interface Circumstances {
  /** Seconds since 1970. */
  readonly now: number;
  readonly entropy: Entropy;
}

/** An application message, its sender's signature verified. */
export type ApplicationReceived = ToldApplication & { readonly group: Group };
/** A proposal, now pending. */
export type ProposalReceived = ToldProposal & { readonly group: Group };
/** A commit. `group` is in the next epoch, unless the commit put us out. */
export type CommitReceived = ToldCommit & { readonly group: Group };
/** What a message was, by its `kind`: "application", "proposal" or "commit". */
export type Received = ApplicationReceived | ProposalReceived | CommitReceived;

/** A commit by which we come in; go on with `group` once it was accepted. */
export interface ExternalJoin {
  readonly message: Bytes;
  readonly group: Group;
}

/**
 * A group of MLS, seen by one member, at one moment.
 * What can be done with it is here; what it shows of itself is in `GroupView`.
 */
export class Group extends GroupView {
  /**
   * Make a group of one (RFC 9420 §11); the others are added by a commit.
   * @throws {InvalidMessage} the options ask for what our leaf does not support.
   */
  static async create(
    groupId: Uint8Array,
    identity: Identity,
    how: Circumstances & { settings: Settings; options?: GroupOptions },
  ): Promise<Group> {
    return new Group(await create(groupId.slice(), identity, how));
  }

  /**
   * Join by a welcome (§12.4.3.1); then delete the key package used.
   * @throws {UnknownKeyPackage} the welcome is for none of the key packages.
   * @throws {UnknownPsk} it needs a pre-shared key that was not given.
   * @throws {InvalidMessage} a rule is broken; the kind says which.
   */
  static async join(
    welcome: Uint8Array,
    keyPackages: readonly OwnKeyPackage[],
    { settings, options = {} }: { settings: Settings; options?: JoinOptions },
  ): Promise<Group> {
    const { psks = [], ratchetTree } = options;
    const parent = options.parent?.state;
    const known = parent
      ? [...(await subgroups()).successionPsks(parent), ...psks]
      : psks;
    const arrival = await openWelcome(welcome, keyPackages, known);
    const state = await join(arrival, settings, ratchetTree);
    if (arrival.told.psks.some((psk) => specialUsage(psk)))
      (await subgroups()).checkTie(arrival, parent, state.tree);
    return new Group(state);
  }

  /**
   * Join from outside by a commit of our own (§12.4.3.2).
   * @throws {InvalidMessage} a rule is broken; the kind says which.
   */
  static async joinByExternalCommit(
    groupInfo: Uint8Array,
    identity: Identity,
    how: { settings: Settings; entropy: Entropy; options?: ExternalCommitOptions },
  ): Promise<ExternalJoin> {
    const info = GroupInfo.fromMessage(groupInfo);
    const { joinFromOutside } = await import("./external-commits.ts");
    const [state, content] = await joinFromOutside(info, identity, how);
    const none: Bytes = new Uint8Array();
    const sealed = sealPublic(state.context.suite, none, content, none);
    const message = encodeMessage(WireFormat.PUBLIC_MESSAGE, sealed.encode());
    return { message, group: new Group(state) };
  }

  /** Which key packages a welcome is for, by their references. */
  static welcomeReferences(welcome: Uint8Array): readonly Bytes[] {
    return Welcome.fromMessage(welcome).secrets.map(([reference]) => reference);
  }

  /**
   * Put a stored group together: an epoch part and the last ratchet part of it.
   * @throws {StateMismatch} the parts are of different epochs.
   * @throws {MalformedMessage} the bytes are not a stored group.
   */
  static async restore(
    epochState: Uint8Array,
    ratchetState: Uint8Array,
    { settings }: { settings: Settings },
  ): Promise<Group> {
    return new Group(await restore(epochState, ratchetState, settings));
  }

  /**
   * Encrypt an application message.
   * @throws {UsageError} the group has ended for us, or proposals are pending: RFC 9420
   *   §12.4 wants them committed first. `forgetProposals` drops them.
   */
  async encrypt(
    plaintext: Uint8Array,
    how: { entropy: Entropy; authenticatedData?: Bytes },
  ): Promise<[group: Group, message: Bytes]> {
    const { entropy, authenticatedData = new Uint8Array() } = how;
    const bytes = plaintext.slice();
    const sent = await sendApplication(this.state, bytes, authenticatedData, entropy);
    return [new Group(sent[0]), sent[1]];
  }

  /**
   * Propose a change, for somebody to commit (§12.1).
   * @throws {UsageError} the group has ended for us, or this cannot be proposed so.
   */
  async propose(
    proposal: Proposal,
    { entropy, framing = {} }: { entropy: Entropy; framing?: Framing },
  ): Promise<[group: Group, message: Bytes]> {
    const sent = await sendProposal(this.state, proposal, framing, entropy);
    return [new Group(sent[0]), sent[1]];
  }

  /**
   * Propose a new leaf for us, for somebody else to commit (§12.1.2).
   * @throws {UsageError} the group has ended for us.
   */
  async proposeUpdate(how: {
    entropy: Entropy;
    options?: UpdateOptions;
    framing?: Framing;
  }): Promise<[group: Group, message: Bytes]> {
    const { entropy, options = {}, framing = {} } = how;
    const sent = await sendUpdate(this.state, options, framing, entropy);
    return [new Group(sent[0]), sent[1]];
  }

  /**
   * Go on without the pending proposals: do not commit them, and speak again.
   * A commit of somebody else may still name them, and then they take effect.
   */
  forgetProposals(): Group {
    const pending = this.state.pending.map((each) => ({ ...each, isForgotten: true }));
    return new Group({ ...this.state, pending });
  }

  /**
   * Commit proposals: new ones by value, pending ones by reference (§12.4.1).
   * Nothing happens to the group until `accept`. Go on with `current` meanwhile.
   * @throws {UsageError} the group has ended for us, or a reference is unknown.
   * @throws {InvalidMessage} the proposals are not valid together.
   * @throws {UnknownPsk} a pre-shared key was not given.
   */
  async commit(
    proposals: readonly Proposal[],
    how: Circumstances & { options?: CommitOptions },
  ): Promise<StagedCommit> {
    return StagedCommit.of(await makeCommit(this.state, proposals, how));
  }

  /**
   * Go on with a commit of ours that was the first of its epoch.
   * What was received since it was made stays received.
   * @throws {StateMismatch} the commit was made in another epoch.
   */
  accept(staged: StagedCommit): Group {
    const [now, made, next] = [this.state, staged.current.state, staged.next.state];
    if (
      !equal(now.context.encode(), made.context.encode()) ||
      now.ownLeaf !== made.ownLeaf
    )
      throw new StateMismatch("a staged commit is of another epoch");
    const past = next.past.map((old, position) => {
      if (position === next.past.length - 1) return { ...old, messages: now.messages };
      const { epoch } = old.context;
      return now.past.find((entry) => entry.context.epoch === epoch) ?? old;
    });
    return new Group({ ...next, past });
  }

  /**
   * Take in a message of the group: check it, then say exactly what it did.
   * @throws {InvalidMessage} it breaks a rule; the kind says which.
   * @throws {CannotProcess} it breaks none, but this value cannot take it.
   * @throws {MalformedMessage} the bytes are no message to a group.
   */
  async process(
    message: Uint8Array,
    { now, psks = [] }: { now: number; psks?: Psks },
  ): Promise<Received> {
    const [state, told] = await receive(this.state, message, now, psks);
    return { ...told, group: new Group(state) };
  }

  /**
   * Make a new group of some members of this one (§11.3).
   * @throws {UsageError} the suite is another, or a member is not from here.
   * @throws {InvalidMessage} a key package is not valid.
   */
  async branch(
    groupId: Bytes,
    members: readonly KeyPackage[],
    how: Circumstances & { identity: Identity },
  ): Promise<StagedCommit> {
    (await subgroups()).checkBranch(this.state, how.identity, members);
    const { extensions } = this;
    const plan = { usage: ResumptionUsage.BRANCH, groupId, extensions, members };
    return this.#succeeded({ ...plan, identity: how.identity }, how);
  }

  /**
   * Make the group that follows this one, after a commit of a ReInit (§11.2).
   * @throws {UsageError} there was no such commit, or suite or members are others.
   * @throws {InvalidMessage} a key package is not valid.
   */
  async reinitialise(
    members: readonly KeyPackage[],
    how: Circumstances & { identity: Identity },
  ): Promise<StagedCommit> {
    const { checkReinit } = await subgroups();
    const { groupId, extensions } = checkReinit(this.state, how.identity, members);
    const plan = { usage: ResumptionUsage.REINIT, groupId, extensions, members };
    return this.#succeeded({ ...plan, identity: how.identity }, how);
  }

  async #succeeded(plan: Successor, how: Circumstances): Promise<StagedCommit> {
    const { makeSuccessor } = await subgroups();
    return StagedCommit.of(await makeSuccessor(this.state, plan, how));
  }
}

/** A commit that nobody has ordered yet. */
export class StagedCommit {
  /** What to send to the group. */
  readonly message: Bytes;
  /** What to send to those it adds, once it was accepted. */
  readonly welcome: Bytes | undefined;
  /** The next epoch as outsiders may see it, if that was asked for. */
  readonly groupInfo: Bytes | undefined;
  /** This epoch, its ratchet moved. Store it before sending; go on with it. */
  readonly current: Group;
  /** The next epoch; take it by `Group.accept`. */
  readonly next: Group;
  /** What the commit does. None after `fromBytes`. */
  readonly report: CommitReport | undefined;

  constructor(made: Omit<Made, "report">, report?: CommitReport) {
    this.message = made.message;
    this.welcome = made.welcome;
    this.groupInfo = made.groupInfo;
    this.current = new Group(made.current);
    this.next = new Group(made.next);
    this.report = report;
  }

  /** Stage a commit. */
  static of(made: Made): StagedCommit {
    return new StagedCommit(made, made.report);
  }

  /** Everything but `report`, for storage. Store the group's own parts as well. */
  toBytes(): Bytes {
    const { message, welcome, groupInfo, current, next } = this;
    return encodeStaged({
      message,
      welcome,
      groupInfo,
      current: current.state,
      next: next.state,
    });
  }

  /** The inverse of `toBytes`; throws `MalformedMessage` for anything else. */
  static async fromBytes(
    stored: Uint8Array,
    { settings }: { settings: Settings },
  ): Promise<StagedCommit> {
    return new StagedCommit(await decodeStaged(stored, settings));
  }
}
