/** What happened to a group, told exactly, so that the application can judge it. */
import type { Bytes } from "../bytes.ts";
import type { Sender } from "./framing.ts";
import type { AppliedProposal, Outcome } from "./proposal-lists.ts";
import { Update, type Proposal, type ReInit } from "./proposals.ts";
import { Member, memberOf, type GroupState } from "./state.ts";
import type { RatchetTree } from "./tree.ts";
import type { LeafIndex } from "./tree-math.ts";

/** A member that replaced its leaf. */
export interface MemberChange {
  readonly before: Member;
  readonly after: Member;
}

/** What a commit did. */
export interface CommitReport {
  /** Who committed, as in the new epoch. */
  readonly committer: Member;
  /** Whether the committer came in from outside by this very commit. */
  readonly isExternal: boolean;
  /** The proposals, in order, with who proposed each. */
  readonly applied: readonly AppliedProposal[];
  /** Who came in by an Add. (An external committer is not among them.) */
  readonly added: readonly Member[];
  /** Who was put out, as in the old epoch. */
  readonly removed: readonly Member[];
  /** Who has a new leaf by an Update, and the committer if it has one. */
  readonly updated: readonly MemberChange[];
  /** Whether we were put out. */
  readonly removedMe: boolean;
  /** The parameters of the group that follows, if this one has ended. */
  readonly reinit: ReInit | undefined;
}

/** Who made a commit: a leaf of the new tree, and whether it came in by that. */
export interface Author {
  readonly leaf: LeafIndex;
  readonly isExternal: boolean;
}

/** Tell what a commit does to the group in `state`; `tree` is what comes of it. */
export function reportCommit(
  state: GroupState,
  { leaf: committer, isExternal }: Author,
  applied: readonly AppliedProposal[],
  outcome: Outcome,
  tree: RatchetTree,
): CommitReport {
  const updated: MemberChange[] = [];
  for (const { proposal, sender } of applied)
    if (proposal instanceof Update && sender.leaf !== undefined) {
      const after = new Member(sender.leaf, proposal.leaf);
      updated.push({ before: memberOf(state, sender.leaf), after });
    }
  const node = tree.leaf(committer) ?? memberOf(state, committer).leafNode;
  const after = new Member(committer, node);
  if (!isExternal && node !== state.tree.leaf(committer))
    updated.push({ before: memberOf(state, committer), after });
  return {
    committer: after,
    isExternal,
    applied,
    added: outcome.added.map(([leaf, each]) => new Member(leaf, each.leaf)),
    removed: outcome.removed.map((leaf) => memberOf(state, leaf)),
    updated,
    removedMe: outcome.removed.includes(state.ownLeaf),
    reinit: outcome.reinit,
  };
}

/** An application message. */
export interface ToldApplication {
  readonly kind: "application";
  readonly authenticatedData: Bytes;
  readonly plaintext: Bytes;
  readonly sender: Member;
  readonly epoch: number;
}

/** A proposal, now pending. */
export interface ToldProposal {
  readonly kind: "proposal";
  readonly authenticatedData: Bytes;
  readonly proposal: Proposal;
  readonly reference: Bytes;
  readonly sender: Sender;
}

/** A commit, applied. */
export interface ToldCommit {
  readonly kind: "commit";
  readonly authenticatedData: Bytes;
  readonly report: CommitReport;
}

/** What a received message is, before it is bound to the group that results. */
export type Telling = ToldApplication | ToldProposal | ToldCommit;
