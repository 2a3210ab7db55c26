/**
 * Applying a commit that somebody else made (RFC 9420 §12.4.2).
 *
 * Rule of this file: a commit counts only once its confirmation tag fits.
 */
import { equal, type Bytes } from "../bytes.ts";
import { ProposalReference, type Commit, type UpdatePath } from "./commits.ts";
import { isPathRequired } from "./committing.ts";
import { memberClaim, type Credential } from "./credentials.ts";
import { advance, mixedPsks, provisionalContext, succeed } from "./epochs.ts";
import { InvalidCommit, InvalidLeaf, InvalidTag, UnknownProposal } from "./errors.ts";
import type { AuthenticatedContent } from "./framing.ts";
import type { Identity } from "./identities.ts";
import { EXTERNAL_INIT } from "./key-schedule.ts";
import { keyOf, type KeySet } from "./key-sets.ts";
import { LeafSource } from "./leaf-nodes.ts";
import {
  addedLeaves,
  applyList,
  authenticateChanges,
  checkList,
  type AppliedProposal,
  type Outcome,
} from "./proposal-lists.ts";
import { Update } from "./proposals.ts";
import type { Psks } from "./psks.ts";
import { reportCommit, type ToldCommit } from "./reports.ts";
import { memberOf, Status, type GroupState } from "./state.ts";
import type { RatchetTree } from "./tree.ts";
import {
  applyPath,
  openPath,
  pathKeys,
  stillValid,
  type PrivateKeys,
} from "./tree-kem.ts";
import { nodeOf, type LeafIndex } from "./tree-math.ts";
import {
  checkCommonGround,
  checkReplacement,
  encryptionName,
  keysAfter,
} from "./tree-rules.ts";

/**
 * Apply a commit whose signature is verified; gives the next epoch's state.
 * @throws {InvalidMessage} it breaks a rule; the kind says which.
 * @throws {UnknownProposal} it names a proposal that we do not have.
 * @throws {UnknownPsk} a pre-shared key was not given.
 */
export async function receiveCommit(
  state: GroupState,
  content: AuthenticatedContent,
  commit: Commit,
  { now, psks }: { now: number; psks: Psks },
): Promise<[GroupState, ToldCommit]> {
  const committer = content.framed.sender.leaf;
  const proposals = resolved(state, content, commit);
  const moment = state.settings.moment(now);
  await checkList({ state, committer, moment }, proposals);
  if (!commit.path && isPathRequired(proposals))
    throw new InvalidCommit("a commit has no path where one is required");
  const outcome = applyList(state, proposals);
  await authenticateChanges(state, proposals, outcome);
  const incoming = await takeIn(state, commit, committer, outcome);
  const { tree, keys } = incoming;
  const author = { leaf: incoming.committer, isExternal: committer === undefined };
  const report = reportCommit(state, author, proposals, outcome, tree);
  const { authenticatedData } = content.framed;
  const told: ToldCommit = { kind: "commit", authenticatedData, report };
  if (report.removedMe)
    return [{ ...state, status: Status.REMOVED, pending: [] }, told];
  const path = await openedPath(state, commit.path, outcome, incoming);
  const { privateKeys, identity } = path;
  const inputs = {
    initSecret: await initSecret(state, outcome),
    commitSecret: path.commitSecret,
    pskSecret: mixedPsks(state, outcome, psks),
  };
  const context = provisionalContext(state, tree, outcome);
  const epoch = advance(state, context, content, inputs, tree);
  const sent = content.authentication.confirmationTag;
  if (!sent || !equal(sent, epoch.confirmationTag))
    throw new InvalidTag("the confirmation tag of a commit is wrong");
  const succession = { epoch, outcome, tree, keys, privateKeys, identity };
  return [succeed(state, succession), told];
}

function resolved(
  state: GroupState,
  { framed }: AuthenticatedContent,
  commit: Commit,
): AppliedProposal[] {
  const pending = new Map(state.pending.map((each) => [keyOf(each.reference), each]));
  return commit.proposals.map((entry) => {
    if (!(entry instanceof ProposalReference))
      return { proposal: entry, sender: framed.sender };
    const name = keyOf(entry.hash);
    const known = pending.get(name);
    if (!known)
      throw new UnknownProposal("a commit names a proposal that we do not have");
    pending.delete(name);
    const { proposal, sender, reference } = known;
    return { proposal, sender, reference };
  });
}

/** A commit's path, applied to the tree but not opened. */
interface Incoming {
  readonly committer: LeafIndex;
  readonly before: RatchetTree;
  readonly tree: RatchetTree;
  readonly keys: KeySet;
}

async function takeIn(
  state: GroupState,
  { path }: Commit,
  from: LeafIndex | undefined,
  outcome: Outcome,
): Promise<Incoming> {
  const committer = from ?? outcome.tree.nextFree();
  const before = outcome.tree.extendedTo(committer);
  let tree = before;
  let keys = keysAfter(state.keys, state.tree, before);
  if (path) {
    await checkPathLeaf(state, path, committer, from ?? outcome.removed[0]);
    checkPathKeys(path, keys);
    tree = applyPath(state.context.suite, before, committer, path);
    keys = keysAfter(keys, before, tree);
  }
  checkCommonGround(tree.root.support, outcome.extensions);
  return { committer, before, tree, keys };
}

async function checkPathLeaf(
  { context, settings, tree }: GroupState,
  { leaf: node }: UpdatePath,
  leaf: LeafIndex,
  replaced: LeafIndex | undefined,
): Promise<void> {
  let previous: Credential | undefined;
  if (replaced !== undefined) {
    const old = memberOf({ tree }, replaced).leafNode;
    checkReplacement(old, node, LeafSource.COMMIT);
    previous = old.credential;
  } else if (node.source !== LeafSource.COMMIT)
    throw new InvalidLeaf("the leaf of a path has another source");
  node.check(context.suite);
  await node.verifySignature(context.suite, { groupId: context.groupId, leaf });
  await settings.authenticate(memberClaim(node, leaf, previous));
}

function checkPathKeys({ leaf, nodes }: UpdatePath, keys: KeySet): void {
  const names = [leaf, ...nodes].map((each) => encryptionName(each.encryptionKey));
  if (new Set(names).size < names.length || names.some((name) => keys.has(name)))
    throw new InvalidCommit("a path uses a key that is in the tree already");
}

/** What a commit gives to us alone. */
interface Opened {
  readonly commitSecret: Bytes;
  readonly privateKeys: PrivateKeys;
  readonly identity: Identity;
}

async function openedPath(
  state: GroupState,
  path: UpdatePath | undefined,
  outcome: Outcome,
  { before, committer, tree }: Incoming,
): Promise<Opened> {
  const { suite } = state.context;
  const [keys, identity] = ownKeys(state, outcome, before);
  if (!path) return { commitSecret: suite.noSecret, privateKeys: keys, identity };
  const secrets = await openPath(
    suite,
    before.filteredPath(committer),
    path,
    { leaf: state.ownLeaf, keys },
    {
      without: addedLeaves(outcome),
      context: provisionalContext(state, tree, outcome).encode(),
    },
  );
  const merged = new Map([...keys, ...pathKeys(secrets)]);
  const { commitSecret } = secrets;
  return { commitSecret, privateKeys: stillValid(merged, tree), identity };
}

/** Our keys after the proposals; a new leaf key if our Update is among them. */
function ownKeys(
  state: GroupState,
  outcome: Outcome,
  before: RatchetTree,
): [PrivateKeys, Identity] {
  const { ownLeaf, identity } = state;
  const keys = stillValid(state.privateKeys, before);
  if (!outcome.updated.includes(ownLeaf)) return [keys, identity];
  const leaf = memberOf({ tree: before }, ownLeaf).leafNode.encode();
  for (const { proposal, update } of state.pending)
    if (update && proposal instanceof Update && equal(proposal.leaf.encode(), leaf))
      return [new Map([...keys, [nodeOf(ownLeaf), update.key]]), update.identity];
  throw new UnknownProposal("a commit updates us, and we do not have the new key");
}

async function initSecret(
  { context: { suite }, secrets }: GroupState,
  { externalInit }: Outcome,
): Promise<Bytes> {
  if (!externalInit) return secrets.init;
  const key = await secrets.externalKey(suite).loaded();
  const { kemOutput } = externalInit;
  return suite.hpke.exportFrom(key, kemOutput, EXTERNAL_INIT, suite.hashLength);
}
