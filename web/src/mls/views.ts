/** What a group shows of itself: the half of `Group` that changes nothing. */
import type { Bytes } from "../bytes.ts";
import { groupInfo } from "./committing.ts";
import { UsageError } from "./errors.ts";
import type { Extensions } from "./extensions.ts";
import type { Identity } from "./identities.ts";
import type { Settings } from "./settings.ts";
import {
  Member,
  requireActive,
  type GroupState,
  type PendingProposal,
  type Status,
} from "./state.ts";
import { epochPart, ratchetPart } from "./storage.ts";
import type { Entropy, Suite } from "./suites.ts";
import type { LeafIndex } from "./tree-math.ts";

/** A group of MLS, seen by one member, at one moment. */
export class GroupView {
  /** For this package only: what the group knows. */
  readonly state: GroupState;

  constructor(state: GroupState) {
    this.state = state;
  }

  /** The name of the group. */
  get groupId(): Bytes {
    return this.state.context.groupId;
  }

  /** The number of the epoch. */
  get epoch(): number {
    return this.state.context.epoch;
  }

  /** The cipher suite. */
  get suite(): Suite {
    return this.state.context.suite;
  }

  /** The extensions that all members agree on. */
  get extensions(): Extensions {
    return this.state.context.extensions;
  }

  /** The rules of the application. */
  get settings(): Settings {
    return this.state.settings;
  }

  /** What we sign as. */
  get identity(): Identity {
    return this.state.identity;
  }

  /** Where we are. */
  get ownLeaf(): LeafIndex {
    return this.state.ownLeaf;
  }

  /** Everyone, from the left. */
  get members(): readonly Member[] {
    return this.state.tree.leaves().map(([leaf, node]) => new Member(leaf, node));
  }

  /** The member at a leaf; throws `UsageError` if there is none. */
  member(leaf: LeafIndex): Member {
    const node = this.state.tree.leaf(leaf);
    if (!node) throw new UsageError(`leaf ${leaf} is blank`);
    return new Member(leaf, node);
  }

  /** Whether the group can go on. */
  get status(): Status {
    return this.state.status;
  }

  /** What was proposed in this epoch and is not committed. */
  get pendingProposals(): readonly PendingProposal[] {
    return this.state.pending.filter((each) => !each.isForgotten);
  }

  /** The same for all who agree on everything up to this epoch (§8.7). */
  get epochAuthenticator(): Bytes {
    return this.state.secrets.epochAuthenticator;
  }

  /** A secret of the epoch for another protocol (§8.5). */
  export(label: string, context: Uint8Array, length: number): Bytes {
    return this.state.secrets.export(this.suite, label, context, length);
  }

  /**
   * What an outsider needs to join by an external commit (§12.4.3.2).
   * @throws {UsageError} the group has ended for us.
   */
  async exportGroupInfo({
    entropy,
    ratchetTree = true,
  }: {
    entropy: Entropy;
    ratchetTree?: boolean;
  }): Promise<Bytes> {
    requireActive(this.state);
    const shown = { withTree: ratchetTree, withKey: true };
    return (await groupInfo(this.state, entropy, shown)).toMessage();
  }

  /** The tree, for newcomers who do not get it otherwise (§12.4.3.3). */
  exportRatchetTree(): Bytes {
    return this.state.tree.encode();
  }

  /** The large part of the state: it changes with epoch and pending proposals. */
  epochState(): Bytes {
    return epochPart(this.state);
  }

  /** The small part: message keys. It changes with every message, either way. */
  ratchetState(): Bytes {
    return ratchetPart(this.state);
  }
}
