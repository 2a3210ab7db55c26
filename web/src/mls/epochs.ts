/**
 * From one epoch to the next: what sender and receivers of a commit compute alike.
 * RFC 9420 §8, §12.4.1, §12.4.2.
 */
import type { Bytes } from "../bytes.ts";
import { InvalidCommit } from "./errors.ts";
import type { AuthenticatedContent } from "./framing.ts";
import type { Identity } from "./identities.ts";
import {
  confirmedTranscriptHash,
  deriveEpoch,
  epochSecret,
  interimTranscriptHash,
  joinerSecret,
  welcomeSecret,
  type EpochSecrets,
  type GroupContext,
} from "./key-schedule.ts";
import type { KeySet } from "./key-sets.ts";
import type { Outcome } from "./proposal-lists.ts";
import { lookUp, pskSecret, type Psks } from "./psks.ts";
import { SecretTree } from "./secret-tree.ts";
import { knownPsks, Status, type GroupState } from "./state.ts";
import type { RatchetTree } from "./tree.ts";
import { treeHash } from "./tree-hash.ts";
import type { PrivateKeys } from "./tree-kem.ts";

/** What goes into the key schedule, besides the transcript. */
export interface Inputs {
  readonly initSecret: Bytes;
  readonly commitSecret: Bytes;
  readonly pskSecret: Bytes;
}

/** What comes out of the key schedule. */
export interface NewEpoch {
  readonly context: GroupContext;
  readonly secrets: EpochSecrets;
  readonly messages: SecretTree;
  readonly joinerSecret: Bytes;
  readonly welcomeSecret: Bytes;
  readonly confirmationTag: Bytes;
  readonly interimTranscriptHash: Bytes;
}

/**
 * The next epoch's context with this epoch's transcript (§12.4.1).
 * @throws {InvalidCommit} there is no next epoch, for there are no more numbers.
 */
export function provisionalContext(
  { context }: GroupState,
  tree: RatchetTree,
  { extensions }: Outcome,
): GroupContext {
  if (context.epoch >= Number.MAX_SAFE_INTEGER)
    throw new InvalidCommit("a group has run out of epochs");
  const hashed = treeHash(context.suite, tree.root);
  return context.with({ epoch: context.epoch + 1, treeHash: hashed, extensions });
}

/** The secret of the pre-shared keys that a commit uses (§8.4). */
export function mixedPsks(state: GroupState, { psks }: Outcome, given: Psks): Bytes {
  return pskSecret(state.context.suite, psks, lookUp(psks, knownPsks(state, given)));
}

/** Run the key schedule for a commit; its confirmation tag is not looked at. */
export function advance(
  state: GroupState,
  provisional: GroupContext,
  commit: AuthenticatedContent,
  inputs: Inputs,
  { leafCount }: RatchetTree,
): NewEpoch {
  const { suite } = state.context;
  const interim = state.interimTranscriptHash;
  const confirmed = confirmedTranscriptHash(suite, interim, commit);
  const context = provisional.with({ confirmedTranscriptHash: confirmed });
  const { initSecret, commitSecret, pskSecret: mixed } = inputs;
  const joiner = joinerSecret(suite, initSecret, commitSecret, context);
  const secret = epochSecret(suite, joiner, mixed, context);
  const [secrets, encryption] = deriveEpoch(suite, secret);
  const tag = secrets.confirmationTag(suite, confirmed);
  return {
    context,
    secrets,
    messages: SecretTree.grow(suite, leafCount, encryption),
    joinerSecret: joiner,
    welcomeSecret: welcomeSecret(suite, joiner, mixed),
    confirmationTag: tag,
    interimTranscriptHash: interimTranscriptHash(suite, confirmed, tag),
  };
}

/** A new epoch with the tree it is for, and what we know in it. */
export interface Succession {
  readonly epoch: NewEpoch;
  readonly outcome: Outcome;
  readonly tree: RatchetTree;
  readonly keys: KeySet;
  readonly privateKeys: PrivateKeys;
  readonly identity: Identity;
}

/** The state of a member in the next epoch; the old one becomes a past epoch. */
export function succeed(state: GroupState, next: Succession): GroupState {
  const { settings, context, tree, secrets, messages, ownLeaf } = state;
  const { epoch, outcome } = next;
  const ended = {
    context,
    ownLeaf,
    roster: tree,
    senderDataSecret: secrets.senderData,
    messages,
  };
  const last = [context.epoch, secrets.resumptionPsk] as const;
  return {
    settings,
    ownLeaf,
    identity: next.identity,
    context: epoch.context,
    tree: next.tree,
    keys: next.keys,
    privateKeys: next.privateKeys,
    secrets: epoch.secrets,
    messages: epoch.messages,
    confirmationTag: epoch.confirmationTag,
    interimTranscriptHash: epoch.interimTranscriptHash,
    pending: [],
    past: newest([...state.past, ended], settings.pastEpochs),
    resumption: newest([...state.resumption, last], settings.resumptionEpochs),
    status: outcome.reinit ? Status.REINITIALISED : Status.ACTIVE,
    reinit: outcome.reinit,
  };
}

function newest<Kept>(values: readonly Kept[], count: number): readonly Kept[] {
  return values.slice(Math.max(0, values.length - count));
}
