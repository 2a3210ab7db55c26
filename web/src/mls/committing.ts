/** Making a commit (RFC 9420 §12.4.1), and the welcome that goes with it (§12.4.3). */
import { equal, type Bytes } from "../bytes.ts";
import { choose, weigh, type Weighed } from "./choosing.ts";
import { Commit, ProposalReference, type UpdatePath } from "./commits.ts";
import { memberClaim } from "./credentials.ts";
import {
  advance,
  mixedPsks,
  provisionalContext,
  succeed,
  type NewEpoch,
} from "./epochs.ts";
import { UsageError } from "./errors.ts";
import { Extension, pickGrease, RATCHET_TREE } from "./extensions.ts";
import { Sender } from "./framing.ts";
import type { Identity } from "./identities.ts";
import { keyOf } from "./key-sets.ts";
import type { GroupContext } from "./key-schedule.ts";
import { LeafSource, type LeafNode } from "./leaf-nodes.ts";
import {
  addedLeaves,
  checkOne,
  type AppliedProposal,
  type Judgement,
  type Outcome,
  type Proposals,
} from "./proposal-lists.ts";
import { requiresPath, Update, type Proposal } from "./proposals.ts";
import type { Psks, ResumptionUsage } from "./psks.ts";
import { reportCommit, type CommitReport } from "./reports.ts";
import {
  completed,
  seal,
  signContent,
  updatedLeaf,
  type Framing,
  type UpdateOptions,
} from "./sending.ts";
import { memberOf, requireActive, type GroupState } from "./state.ts";
import type { Entropy } from "./suites.ts";
import type { RatchetTree } from "./tree.ts";
import {
  freshPath,
  mergePath,
  pathKeys,
  sealPath,
  stillValid,
  type PathSecrets,
  type PrivateKeys,
} from "./tree-kem.ts";
import { commonAncestor, nodeOf, type LeafIndex } from "./tree-math.ts";
import { checkCommonGround, keysAfter } from "./tree-rules.ts";
import {
  encodeGroupSecrets,
  externalPub,
  GroupInfo,
  sealGroupInfo,
  Welcome,
} from "./welcomes.ts";

/** How a commit is made. */
export interface CommitOptions extends Framing {
  /** Which pending proposals it covers; all that are valid, unless said. */
  readonly references?: readonly Bytes[] | undefined;
  /** Pre-shared keys that its proposals name. */
  readonly psks?: Psks;
  /** Whether to renew our own keys even where no rule requires it; yes by default. */
  readonly path?: boolean;
  /**
   * Whether newcomers get the tree with the welcome, as they do by default; else give
   * them `exportRatchetTree()` of the next epoch by another way.
   */
  readonly treeInWelcome?: boolean;
  /** Whether to show the next epoch to outsiders, for external commits. */
  readonly groupInfo?: boolean;
  /** What changes in our leaf. */
  readonly update?: UpdateOptions;
}

/** A commit that was made, and the two ways the group can go on. */
export interface Made {
  readonly message: Bytes;
  readonly welcome: Bytes | undefined;
  readonly groupInfo: Bytes | undefined;
  readonly current: GroupState;
  readonly next: GroupState;
  readonly report: CommitReport;
}

/** Our new path, and the tree with it; without a path, `secrets` are none. */
export interface NewPath {
  readonly tree: RatchetTree;
  readonly context: GroupContext;
  readonly path: UpdatePath | undefined;
  readonly secrets: PathSecrets | undefined;
  readonly privateKeys: PrivateKeys;
}

/** With what a commit is made. */
interface Making {
  readonly now: number;
  readonly entropy: Entropy;
  readonly options?: CommitOptions;
  /** What resumption keys may be used for. */
  readonly usage?: ResumptionUsage;
}

/**
 * Make a commit of pending proposals and of new ones.
 * @throws {UsageError} the group has ended for us, or a reference is unknown.
 * @throws {InvalidMessage} the proposals are not valid together.
 * @throws {UnknownPsk} a pre-shared key was not given.
 */
export async function makeCommit(
  state: GroupState,
  byValue: readonly Proposal[],
  { now, entropy, options = {}, usage }: Making,
): Promise<Made> {
  requireActive(state);
  const { ownLeaf } = state;
  const { suite } = state.context;
  const { psks = [], update = {}, treeInWelcome: withTree = true } = options;
  const moment = state.settings.moment(now);
  const judgement = { state, committer: ownLeaf, moment, usage };
  const weighed = await gather(judgement, byValue, options, entropy);
  const { proposals, outcome } = weighed;
  const path = await pathFor(state, proposals, outcome, options, entropy);
  const { tree, privateKeys, secrets } = path;
  const keys = keysAfter(weighed.keys, outcome.tree, tree);
  checkCommonGround(tree.root.support, outcome.extensions);
  const content = await signContent(state, asCommit(proposals, path.path), options);
  const inputs = {
    initSecret: state.secrets.init,
    commitSecret: secrets?.commitSecret ?? suite.noSecret,
    pskSecret: mixedPsks(state, outcome, psks),
  };
  const epoch = advance(state, path.context, content, inputs, tree);
  const tagged = content.tagged(epoch.confirmationTag);
  const [current, message] = await seal(state, tagged, entropy);
  const identity = (path.path && update.identity) ?? state.identity;
  const succession = { epoch, outcome, tree, keys, privateKeys, identity };
  const next = succeed(current, succession);
  const author = { leaf: ownLeaf, isExternal: false };
  const shown = { withTree: true, withKey: true };
  const info = options.groupInfo && (await groupInfo(next, entropy, shown));
  return {
    message,
    welcome: await welcomeTo(next, epoch, outcome, secrets, { entropy, withTree }),
    groupInfo: info ? info.toMessage() : undefined,
    current,
    next,
    report: reportCommit(state, author, proposals, outcome, tree),
  };
}

async function gather(
  judgement: Judgement,
  byValue: readonly Proposal[],
  { references, psks = [] }: CommitOptions,
  entropy: Entropy,
): Promise<Weighed> {
  const { state } = judgement;
  const sender = Sender.member(state.ownLeaf);
  if (byValue.some((each) => each instanceof Update))
    throw new UsageError("a commit renews our leaf by its path, not by an update");
  const added = byValue.map((each) => {
    return { proposal: completed(state, each, entropy), sender };
  });
  const pending = state.pending.filter((each) => !each.isForgotten);
  if (!references) return choose(judgement, pending, added, psks);
  const known = new Map(pending.map((each) => [keyOf(each.reference), each]));
  const named: AppliedProposal[] = references.map((reference) => {
    const found = known.get(keyOf(reference));
    if (!found) throw new UsageError("a reference is to no pending proposal");
    return found;
  });
  const all = [...named, ...added];
  for (const entry of all) await checkOne(judgement, entry);
  return weigh(judgement, all, psks);
}

function asCommit(proposals: Proposals, path: UpdatePath | undefined): Commit {
  const entries = proposals.map(({ proposal, reference }) =>
    reference ? new ProposalReference(reference) : proposal,
  );
  return new Commit(entries, path);
}

/** Whether a commit of these proposals must have a path (§12.4). */
export function isPathRequired(proposals: Proposals): boolean {
  return (
    proposals.length === 0 || proposals.some((each) => requiresPath(each.proposal))
  );
}

async function pathFor(
  state: GroupState,
  proposals: Proposals,
  outcome: Outcome,
  { path = true, update = {} }: CommitOptions,
  entropy: Entropy,
): Promise<NewPath> {
  const { tree } = outcome;
  const { ownLeaf: index, settings } = state;
  const isChanged = Object.values(update).some((value) => value !== undefined);
  if (!(isPathRequired(proposals) || path || isChanged)) {
    const context = provisionalContext(state, tree, outcome);
    const privateKeys = stillValid(state.privateKeys, tree);
    return { tree, context, path: undefined, secrets: undefined, privateKeys };
  }
  const old = memberOf(state, index).leafNode;
  const leaf = updatedLeaf(update, old, state.identity);
  const { identity = state.identity } = update;
  if (!isSame(identity, state.identity))
    await settings.authenticate(memberClaim(leaf, index, old.credential));
  return newPath({ ...state, identity }, outcome, index, leaf, entropy);
}

function isSame(one: Identity, other: Identity): boolean {
  return equal(one.toBytes(), other.toBytes());
}

/** Renew a leaf and its direct path, signed as `state.identity` (§7.5). */
export async function newPath(
  state: GroupState,
  outcome: Outcome,
  index: LeafIndex,
  leaf: LeafNode,
  entropy: Entropy,
): Promise<NewPath> {
  const { suite, groupId } = state.context;
  const leafKey = suite.generateKey(entropy);
  const steps = outcome.tree.filteredPath(index);
  const [encryptionKey, secrets] = await Promise.all([
    leafKey.public(),
    freshPath(suite, steps, entropy),
  ]);
  const publics = secrets.steps.map((step) => step.public);
  const [parents, parentHash] = mergePath(suite, steps, publics);
  const signed = await leaf
    .with({ encryptionKey, source: LeafSource.COMMIT, parentHash })
    .signed(state.identity, { groupId, leaf: index });
  signed.check(suite);
  const tree = outcome.tree.withPath(index, signed, parents);
  const context = provisionalContext(state, tree, outcome);
  const binding = { without: addedLeaves(outcome), context: context.encode() };
  const nodes = await sealPath(suite, steps, secrets, binding);
  const privateKeys = new Map([
    ...stillValid(state.privateKeys, tree),
    ...pathKeys(secrets),
    [nodeOf(index), leafKey],
  ]);
  return { tree, context, path: { leaf: signed, nodes }, secrets, privateKeys };
}

/** Show an epoch to those outside (§12.4.3). */
export async function groupInfo(
  state: GroupState,
  entropy: Entropy,
  { withTree, withKey = false }: { withTree: boolean; withKey?: boolean },
): Promise<GroupInfo> {
  const { context, secrets, confirmationTag, ownLeaf: signer, settings } = state;
  const extensions = [];
  if (withTree) extensions.push(new Extension(RATCHET_TREE, state.tree.encode()));
  if (withKey)
    extensions.push(externalPub(await secrets.externalKey(context.suite).public()));
  if (settings.grease)
    extensions.push(new Extension(pickGrease(entropy), new Uint8Array()));
  const info = new GroupInfo({ context, extensions, confirmationTag, signer });
  return info.signed(state.identity);
}

async function welcomeTo(
  state: GroupState,
  epoch: NewEpoch,
  { added, psks }: Outcome,
  secrets: PathSecrets | undefined,
  { entropy, withTree }: { entropy: Entropy; withTree: boolean },
): Promise<Bytes | undefined> {
  if (added.length === 0) return undefined;
  const { suite } = state.context;
  const info = await groupInfo(state, entropy, { withTree });
  const sealedInfo = await sealGroupInfo(suite, epoch.welcomeSecret, info);
  const encrypt = suite.encryptor("Welcome", sealedInfo);
  const { joinerSecret } = epoch;
  const entries = added.map(async ([leaf, newcomer]) => {
    const meeting = commonAncestor(state.ownLeaf, leaf);
    const pathSecret = secrets?.steps.find(({ node }) => node === meeting)?.secret;
    const told = encodeGroupSecrets({ joinerSecret, pathSecret, psks });
    const sealed = await encrypt(newcomer.initKey, told);
    return [newcomer.reference, sealed] as const;
  });
  return new Welcome(suite.id, await Promise.all(entries), sealedInfo).toMessage();
}
