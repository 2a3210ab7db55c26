/**
 * The proposals of a commit: whether they are valid together, and what they change.
 *
 * RFC 9420 §12.1 (each on its own), §12.2 (together), §12.3 (in which order they apply).
 * Sender and receivers of a commit use the same functions.
 */
import type { Bytes } from "../bytes.ts";
import { memberClaim, Purpose } from "./credentials.ts";
import { InvalidKeyPackage, InvalidProposal } from "./errors.ts";
import {
  ExternalSender,
  MLS_10,
  RequiredCapabilities,
  type Extensions,
} from "./extensions.ts";
import { SenderType, type Sender } from "./framing.ts";
import type { KeyPackage } from "./key-packages.ts";
import { keyOf } from "./key-sets.ts";
import { LeafSource } from "./leaf-nodes.ts";
import {
  Add,
  CustomProposal,
  ExternalInit,
  GroupContextExtensions,
  mayComeFromOutside,
  PreSharedKey,
  ReInit,
  Remove,
  Update,
  type Proposal,
} from "./proposals.ts";
import { ResumptionPsk, ResumptionUsage, type PskId } from "./psks.ts";
import { memberOf, type GroupState } from "./state.ts";
import type { RatchetTree } from "./tree.ts";
import type { LeafIndex } from "./tree-math.ts";
import { checkReplacement } from "./tree-rules.ts";

/** A proposal that a commit covers. */
export interface AppliedProposal {
  /** What it changes. */
  readonly proposal: Proposal;
  /** Who proposed it; the committer, if it came by value. */
  readonly sender: Sender;
  /** What the commit calls it by; none if it came by value. */
  readonly reference?: Bytes | undefined;
}

/** What a list of proposals is judged by. */
export interface Judgement {
  /** The group before the commit. */
  readonly state: GroupState;
  /** The committer's leaf; none if it comes in from outside. */
  readonly committer: LeafIndex | undefined;
  /** When lifetimes are checked; none if they are not. */
  readonly moment: number | undefined;
  /** What resumption keys may be used for. */
  readonly usage?: ResumptionUsage | undefined;
}

/** The proposals of a commit, in order. */
export type Proposals = readonly AppliedProposal[];

/**
 * Make sure that a commit may cover these proposals (§12.2).
 * @throws {InvalidMessage} it may not; the kind says which rule is broken.
 */
export async function checkList(
  judgement: Judgement,
  proposals: Proposals,
): Promise<void> {
  await Promise.all(proposals.map((entry) => checkOne(judgement, entry)));
  checkTogether(judgement, proposals);
}

/** Make sure that proposals, each valid on its own, are so together (§12.2). */
export function checkTogether({ committer }: Judgement, proposals: Proposals): void {
  if (committer === undefined) checkExternal(proposals);
  else checkRegular(committer, proposals);
  checkNoRepetition(proposals);
}

/**
 * Make sure that one proposal is valid on its own (§12.1).
 * @throws {InvalidMessage} it is not; the kind says which rule is broken.
 */
export async function checkOne(
  judgement: Judgement,
  { proposal, sender }: AppliedProposal,
): Promise<void> {
  const { state } = judgement;
  checkOrigin(proposal, sender);
  if (proposal instanceof Add) await checkAdd(judgement, proposal.keyPackage);
  else if (proposal instanceof Update) await checkUpdate(state, proposal, sender);
  else if (proposal instanceof Remove) memberOf(state, proposal.leaf);
  else if (proposal instanceof PreSharedKey) checkPsk(judgement, proposal.psk);
  else if (proposal instanceof GroupContextExtensions)
    await checkExtensions(state, proposal.extensions);
  else if (proposal instanceof ReInit && proposal.version < MLS_10)
    throw new InvalidProposal("a reinit goes back to an older version");
}

/** Make sure that somebody in this role may propose this (§12.1.8). */
export function checkOrigin(proposal: Proposal, { type }: Sender): void {
  if (type === SenderType.EXTERNAL && !mayComeFromOutside(proposal))
    throw new InvalidProposal("an external sender may not propose this");
  if (type === SenderType.NEW_MEMBER_PROPOSAL && !(proposal instanceof Add))
    throw new InvalidProposal("a newcomer may propose nothing but to be added");
}

async function checkAdd(judgement: Judgement, newcomer: KeyPackage): Promise<void> {
  const { state, moment } = judgement;
  if (newcomer.suiteId !== state.context.suite.id)
    throw new InvalidKeyPackage("a key package is of another suite");
  await newcomer.verify({ now: moment });
  state.settings.checkLength(newcomer.leaf);
}

async function checkUpdate(
  state: GroupState,
  { leaf: node }: Update,
  { leaf }: Sender,
): Promise<void> {
  if (leaf === undefined)
    throw new InvalidProposal("only a member may update its leaf");
  const { suite, groupId } = state.context;
  checkReplacement(memberOf(state, leaf).leafNode, node, LeafSource.UPDATE);
  node.check(suite);
  await node.verifySignature(suite, { groupId, leaf });
  suite.checkPublic(node.encryptionKey);
}

function checkPsk({ state, usage }: Judgement, { name, nonce }: PskId): void {
  if (nonce.length !== state.context.suite.hashLength)
    throw new InvalidProposal("the nonce of a pre-shared key has the wrong length");
  if (
    name instanceof ResumptionPsk &&
    name.usage !== ResumptionUsage.APPLICATION &&
    name.usage !== usage
  )
    throw new InvalidProposal("a resumption key is used for what it is not for");
}

async function checkExtensions(
  state: GroupState,
  extensions: Extensions,
): Promise<void> {
  RequiredCapabilities.find(extensions);
  const name = (sender: ExternalSender) => keyOf(sender.encode());
  const known = new Set(ExternalSender.find(state.context.extensions).map(name));
  for (const sender of ExternalSender.find(extensions))
    if (!known.has(name(sender))) await authenticateExternal(state, sender);
}

/** Ask the application about an external sender. */
export async function authenticateExternal(
  state: GroupState,
  { credential, signatureKey }: ExternalSender,
): Promise<void> {
  const purpose = Purpose.EXTERNAL_SENDER;
  await state.settings.authenticate({ credential, signatureKey, purpose });
}

function checkRegular(committer: LeafIndex, proposals: Proposals): void {
  const touched = new Set<number>();
  for (const { proposal, sender } of proposals) {
    if (proposal instanceof ExternalInit)
      throw new InvalidProposal("a member's commit has an external init");
    if (!(proposal instanceof Update || proposal instanceof Remove)) continue;
    const index = proposal instanceof Remove ? proposal.leaf : sender.index;
    if (index === committer)
      throw new InvalidProposal("a commit updates or removes its own committer");
    if (touched.has(index))
      throw new InvalidProposal("a commit changes one leaf twice");
    touched.add(index);
  }
  if (only(proposals, ReInit) && proposals.length > 1)
    throw new InvalidProposal("a reinit comes together with other proposals");
}

function checkExternal(proposals: Proposals): void {
  const count = (...types: number[]) =>
    proposals.filter(({ proposal }) => types.includes(proposal.type)).length;
  if (proposals.some((entry) => entry.reference))
    throw new InvalidProposal("an external commit refers to a proposal");
  if (count(ExternalInit.type) !== 1 || count(Remove.type) > 1)
    throw new InvalidProposal("an external commit needs one external init");
  const allowed = [ExternalInit.type, Remove.type, PreSharedKey.type];
  if (count(...allowed) !== proposals.length)
    throw new InvalidProposal(
      "an external commit covers what only members may propose",
    );
}

function checkNoRepetition(proposals: Proposals): void {
  if (hasTwice(all(proposals, PreSharedKey).map(({ psk }) => psk)))
    throw new InvalidProposal("a commit uses one pre-shared key twice");
  if (all(proposals, GroupContextExtensions).length > 1)
    throw new InvalidProposal("a commit replaces the group's extensions twice");
}

/** Whether something is in a list twice, by how it is encoded. */
export function hasTwice(entries: readonly { encode(): Bytes }[]): boolean {
  return new Set(entries.map((each) => keyOf(each.encode()))).size < entries.length;
}

type Kind<Of> = new (...args: never[]) => Of;

function all<Of>(proposals: Proposals, kind: Kind<Of>): Of[] {
  return proposals.flatMap(({ proposal }) =>
    proposal instanceof kind ? [proposal] : [],
  );
}

function only<Of>(proposals: Proposals, kind: Kind<Of>): Of | undefined {
  return all(proposals, kind)[0];
}

/** A group after its proposals and before its path (§12.3). */
export interface Outcome {
  readonly tree: RatchetTree;
  readonly extensions: Extensions;
  readonly added: readonly (readonly [LeafIndex, KeyPackage])[];
  readonly removed: readonly LeafIndex[];
  readonly updated: readonly LeafIndex[];
  readonly psks: readonly PskId[];
  readonly externalInit: ExternalInit | undefined;
  readonly reinit: ReInit | undefined;
}

/** Where newcomers are. */
export function addedLeaves({ added }: Outcome): readonly LeafIndex[] {
  return added.map(([leaf]) => leaf);
}

/**
 * What a list of valid proposals makes of a group (§12.3).
 * @throws {InvalidProposal} members do not support a proposal among them.
 */
export function applyList(state: GroupState, proposals: Proposals): Outcome {
  const replaced = all(proposals, GroupContextExtensions).at(-1);
  let { tree } = state;
  const updated: LeafIndex[] = [];
  for (const { proposal, sender } of proposals)
    if (proposal instanceof Update && sender.leaf !== undefined) {
      tree = tree.update(sender.leaf, proposal.leaf);
      updated.push(sender.leaf);
    }
  const removed = all(proposals, Remove).map(({ leaf }) => leaf);
  for (const leaf of removed) tree = tree.remove(leaf);
  const custom = all(proposals, CustomProposal).map(({ type }) => type);
  if (tree.root.support?.hasProposals(custom) === false)
    throw new InvalidProposal("some member does not support a proposal of a commit");
  const added = all(proposals, Add).map(({ keyPackage }) => {
    const [grown, leaf] = tree.add(keyPackage.leaf);
    tree = grown;
    return [leaf, keyPackage] as const;
  });
  return {
    tree,
    extensions: replaced?.extensions ?? state.context.extensions,
    added,
    removed,
    updated,
    psks: all(proposals, PreSharedKey).map(({ psk }) => psk),
    externalInit: only(proposals, ExternalInit),
    reinit: only(proposals, ReInit),
  };
}

/**
 * Ask the application about every leaf that proposals bring (§5.3.1).
 * @throws {CredentialRejected} it says no.
 */
export async function authenticateChanges(
  state: GroupState,
  proposals: Proposals,
  { added }: Outcome,
): Promise<void> {
  const claims = added.map(([leaf, newcomer]) => memberClaim(newcomer.leaf, leaf));
  for (const { proposal, sender } of proposals)
    if (proposal instanceof Update && sender.leaf !== undefined) {
      const { credential } = memberOf(state, sender.leaf);
      claims.push(memberClaim(proposal.leaf, sender.leaf, credential));
    }
  await Promise.all(claims.map(async (claim) => state.settings.authenticate(claim)));
}
