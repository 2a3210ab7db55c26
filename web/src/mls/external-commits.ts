/** Coming into a group from outside, by a commit of one's own (RFC 9420 §12.4.3.2). */
import type { Bytes } from "../bytes.ts";
import { Commit } from "./commits.ts";
import { newPath, type NewPath } from "./committing.ts";
import { advance, mixedPsks, succeed } from "./epochs.ts";
import { UsageError } from "./errors.ts";
import { AuthenticatedContent, FramedContent, Sender, SenderType } from "./framing.ts";
import type { Identity } from "./identities.ts";
import {
  authenticateSenders,
  checkedTree,
  unsignedLeaf,
  type GroupOptions,
} from "./joining.ts";
import { EpochSecrets, EXTERNAL_INIT, interimTranscriptHash } from "./key-schedule.ts";
import { applyList, checkList, type Outcome } from "./proposal-lists.ts";
import { ExternalInit, PreSharedKey, Remove } from "./proposals.ts";
import { lookUp, PskId, type Psks } from "./psks.ts";
import { SecretTree } from "./secret-tree.ts";
import type { Settings } from "./settings.ts";
import { NO_HISTORY, type GroupState } from "./state.ts";
import type { Entropy } from "./suites.ts";
import type { RatchetTree } from "./tree.ts";
import type { LeafIndex } from "./tree-math.ts";
import { allKeys, checkCommonGround, keysAfter } from "./tree-rules.ts";
import type { GroupInfo } from "./welcomes.ts";
import { WireFormat } from "./wire-formats.ts";

/** How a group is entered from outside. */
export interface ExternalCommitOptions {
  /** The tree, if the group info does not hold it. */
  readonly ratchetTree?: Bytes | undefined;
  /** Pre-shared keys to prove knowledge of. */
  readonly psks?: Psks;
  /** Our old leaf, to be removed by the same commit. */
  readonly resync?: LeafIndex | undefined;
  /** Extensions and capabilities of our leaf. */
  readonly leaf?: GroupOptions;
  /** What travels beside the commit. */
  readonly authenticatedData?: Bytes;
}

/**
 * Become a member by an external commit (§12.4.3.2); gives the commit as well.
 * @throws {InvalidMessage} a rule is broken; the kind says which.
 * @throws {UsageError} the identity is of another suite.
 */
export async function joinFromOutside(
  info: GroupInfo,
  identity: Identity,
  how: { settings: Settings; entropy: Entropy; options?: ExternalCommitOptions },
): Promise<[GroupState, AuthenticatedContent]> {
  const { settings, entropy, options = {} } = how;
  const { suite, groupId, epoch } = info.context;
  if (identity.suite !== suite)
    throw new UsageError("the identity is of another suite than the group");
  const { psks = [], resync, authenticatedData = new Uint8Array() } = options;
  const tree = await checkedTree(info, settings, options.ratchetTree);
  const [kemOutput, init] = await suite.hpke.exportTo(
    info.externalKey,
    EXTERNAL_INIT,
    suite.hashLength,
  );
  const outside = viewFromOutside(info, tree, identity, settings);
  await authenticateSenders(outside);
  const nonce = () => new Uint8Array(entropy(suite.hashLength));
  const proposals = [
    new ExternalInit(kemOutput),
    ...(resync === undefined ? [] : [new Remove(resync)]),
    ...psks.map(([name]) => new PreSharedKey(new PskId(name, nonce()))),
  ];
  const sender = new Sender(SenderType.NEW_MEMBER_COMMIT);
  const applied = proposals.map((proposal) => ({ proposal, sender }));
  const judgement = { state: outside, committer: undefined, moment: undefined };
  await checkList(judgement, applied);
  const applying = applyList(outside, applied);
  const index = applying.tree.nextFree();
  const outcome = { ...applying, tree: applying.tree.extendedTo(index) };
  const leaf = unsignedLeaf(identity, settings, options.leaf ?? {}, entropy);
  const path = await newPath(outside, outcome, index, leaf, entropy);
  const content = new Commit(proposals, path.path);
  const framed = { groupId, epoch, sender, authenticatedData, content };
  const place = { index, init, psks };
  return succeedOutside(outside, outcome, path, new FramedContent(framed), place);
}

/** A state without secrets, from which an outsider makes its commit. */
function viewFromOutside(
  { context, confirmationTag }: GroupInfo,
  tree: RatchetTree,
  identity: Identity,
  settings: Settings,
): GroupState {
  const { suite, confirmedTranscriptHash: confirmed } = context;
  return {
    ...NO_HISTORY,
    settings,
    identity,
    ownLeaf: tree.leafCount,
    context,
    tree,
    keys: allKeys(tree),
    privateKeys: new Map(),
    secrets: new EpochSecrets(() => suite.noSecret),
    messages: SecretTree.grow(suite, tree.leafCount, suite.noSecret),
    confirmationTag,
    interimTranscriptHash: interimTranscriptHash(suite, confirmed, confirmationTag),
  };
}

async function succeedOutside(
  outside: GroupState,
  outcome: Outcome,
  path: NewPath,
  framed: FramedContent,
  place: { index: LeafIndex; init: Bytes; psks: Psks },
): Promise<[GroupState, AuthenticatedContent]> {
  const { identity, context } = outside;
  const { tree, privateKeys } = path;
  const { index: ownLeaf, init, psks } = place;
  const keys = keysAfter(outside.keys, outside.tree, tree);
  checkCommonGround(tree.root.support, outcome.extensions);
  const signed = await AuthenticatedContent.sign(
    identity,
    WireFormat.PUBLIC_MESSAGE,
    framed,
    context.encode(),
  );
  lookUp(outcome.psks, psks);
  const inputs = {
    initSecret: init,
    commitSecret: path.secrets?.commitSecret ?? context.suite.noSecret,
    pskSecret: mixedPsks(outside, outcome, psks),
  };
  const epoch = advance(outside, path.context, signed, inputs, tree);
  const succession = { epoch, outcome, tree, keys, privateKeys, identity };
  const next = succeed(outside, succession);
  // Nothing is known of the epoch before: its secrets above were placeholders.
  const state = { ...next, ownLeaf, past: [], resumption: [] };
  return [state, signed.tagged(epoch.confirmationTag)];
}
