/** What a member of a group knows: one value, never changed, made anew elsewhere. */
import type { Bytes } from "../bytes.ts";
import type { Credential } from "./credentials.ts";
import { InvalidProposal, UsageError } from "./errors.ts";
import type { Sender } from "./framing.ts";
import type { Identity } from "./identities.ts";
import type { EpochSecrets, GroupContext } from "./key-schedule.ts";
import type { KeySet } from "./key-sets.ts";
import type { LeafNode } from "./leaf-nodes.ts";
import type { Proposal, ReInit } from "./proposals.ts";
import { ResumptionPsk, ResumptionUsage, type Psks } from "./psks.ts";
import type { SecretTree } from "./secret-tree.ts";
import type { Settings } from "./settings.ts";
import type { PrivateKey } from "./suites.ts";
import type { RatchetTree } from "./tree.ts";
import type { PrivateKeys } from "./tree-kem.ts";
import type { LeafIndex } from "./tree-math.ts";

/**
 * Whether a group can go on. Removed: nothing can be sent, only late messages read.
 * Reinitialised: it goes on in another (RFC 9420 §11.2).
 */
export const Status = {
  ACTIVE: "active",
  REMOVED: "removed",
  REINITIALISED: "reinitialised",
} as const;
/** Whether a group can go on. */
export type Status = (typeof Status)[keyof typeof Status];

/** Somebody in a group, as its tree shows them. */
export class Member {
  readonly leaf: LeafIndex;
  readonly leafNode: LeafNode;

  constructor(leaf: LeafIndex, leafNode: LeafNode) {
    this.leaf = leaf;
    this.leafNode = leafNode;
  }

  /** Who the member claims to be; the application's `authenticate` agreed. */
  get credential(): Credential {
    return this.leafNode.credential;
  }

  /** The key the member signs with. */
  get signatureKey(): Bytes {
    return this.leafNode.signatureKey;
  }
}

/** What takes effect for us when somebody commits our Update. */
export interface OwnUpdate {
  readonly key: PrivateKey;
  readonly identity: Identity;
}

/** A proposal of this epoch that no commit has covered yet. */
export interface PendingProposal {
  readonly reference: Bytes;
  readonly proposal: Proposal;
  readonly sender: Sender;
  /** What takes effect for us with it, if it is an Update of ours. */
  readonly update?: OwnUpdate | undefined;
  /**
   * Whether we go on as if it had not come. It is kept all the same, for a commit of
   * somebody else may name it.
   */
  readonly isForgotten: boolean;
}

/** What is needed to read late messages of an epoch that has ended. */
export interface PastEpoch {
  readonly context: GroupContext;
  readonly ownLeaf: LeafIndex;
  readonly roster: RatchetTree;
  readonly senderDataSecret: Bytes;
  readonly messages: SecretTree;
}

/** A member's view of a group in one epoch. */
export interface GroupState {
  readonly settings: Settings;
  readonly identity: Identity;
  readonly ownLeaf: LeafIndex;
  readonly context: GroupContext;
  readonly tree: RatchetTree;
  readonly keys: KeySet;
  readonly privateKeys: PrivateKeys;
  readonly secrets: EpochSecrets;
  readonly messages: SecretTree;
  readonly confirmationTag: Bytes;
  readonly interimTranscriptHash: Bytes;
  readonly pending: readonly PendingProposal[];
  readonly past: readonly PastEpoch[];
  readonly resumption: readonly (readonly [epoch: number, key: Bytes])[];
  readonly status: Status;
  readonly reinit: ReInit | undefined;
}

/** What a group has that nothing happened to yet. */
export const NO_HISTORY = {
  pending: [],
  past: [],
  resumption: [],
  status: Status.ACTIVE,
  reinit: undefined,
} as const;

/** A member of a tree; throws `InvalidProposal` if there is none at this leaf. */
export function memberOf({ tree }: Pick<GroupState, "tree">, leaf: LeafIndex): Member {
  const node = tree.leaf(leaf);
  if (!node) throw new InvalidProposal(`leaf ${leaf} is blank`);
  return new Member(leaf, node);
}

/** Make sure that the group can go on; throws `UsageError` if it has ended for us. */
export function requireActive({ status }: GroupState): void {
  if (status !== Status.ACTIVE)
    throw new UsageError(`the group has ended for us: ${status}`);
}

/** The pre-shared keys given, and this group's own resumption keys (§8.6). */
export function knownPsks(state: GroupState, given: Psks): Psks {
  const { groupId, epoch } = state.context;
  const own = [...state.resumption, [epoch, state.secrets.resumptionPsk] as const];
  const usage = ResumptionUsage.APPLICATION;
  return [
    ...own.map(([of, key]) => [new ResumptionPsk(usage, groupId, of), key] as const),
    ...given,
  ];
}
