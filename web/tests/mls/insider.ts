/**
 * An insider with real keys who sends what honest software never would.
 *
 * Commits are made here step by step from the text of RFC 9420 §12.4.1, with no check at
 * all, and every step can be bent. With nothing bent the result is an honest commit, which
 * a test of its own shows; so whatever is refused is refused for what was bent.
 */
import { Commit, ProposalReference, type UpdatePath } from "../../src/mls/commits.ts";
import { advance } from "../../src/mls/epochs.ts";
import {
  AuthenticatedContent,
  FramedContent,
  Sender,
  SenderType,
  type Content,
} from "../../src/mls/framing.ts";
import type { Group, Identity, PendingProposal, Psks } from "../../src/mls/index.ts";
import { EXTERNAL_INIT } from "../../src/mls/key-schedule.ts";
import { LeafNode, LeafSource, type LeafFields } from "../../src/mls/leaf-nodes.ts";
import {
  Add,
  ExternalInit,
  GroupContextExtensions,
  PreSharedKey,
  Remove,
  Update,
  type Proposal,
} from "../../src/mls/proposals.ts";
import { lookUp, pskSecret } from "../../src/mls/psks.ts";
import { seal } from "../../src/mls/sending.ts";
import { knownPsks, type GroupState } from "../../src/mls/state.ts";
import type { RatchetTree } from "../../src/mls/tree.ts";
import { treeHash } from "../../src/mls/tree-hash.ts";
import { freshPath, mergePath, sealPath } from "../../src/mls/tree-kem.ts";
import { WireFormat } from "../../src/mls/wire-formats.ts";
import type { Bytes } from "../../src/bytes.ts";
import { entropy } from "./vector-cases.ts";

/** Where a commit departs from the rules. */
export interface Bend {
  /** The new leaf, before it is signed. */
  readonly leaf?: Partial<LeafFields> | undefined;
  /** Who signs the leaf, if not the committer. */
  readonly leafSigner?: Identity;
  /** The public keys of the path, which then say nothing of its secrets. */
  readonly keys?: (keys: Bytes[]) => Bytes[];
  /** The whole path, after its secrets were sealed. */
  readonly path?: (path: UpdatePath) => UpdatePath;
  readonly framed?: Partial<FramedContent>;
  readonly signed?: (content: AuthenticatedContent) => AuthenticatedContent;
  readonly tag?: (tag: Bytes) => Bytes;
  /** Who signs the commit, if not the committer. */
  readonly signer?: Identity;
  readonly withPath?: boolean;
  readonly isPrivate?: boolean;
}

/** From where somebody commits. */
export interface Seat {
  readonly sender: Sender;
  readonly identity: Identity;
  readonly initSecret: Bytes;
}

type Entry = Proposal | ProposalReference | PendingProposal;

function isPending(entry: Entry): entry is PendingProposal {
  return "isForgotten" in entry;
}

/** Commit these proposals, valid or not, with the keys of a member. */
export async function forge(
  group: Group,
  entries: readonly Entry[] = [],
  bend: Bend = {},
  { psks = [], seat }: { psks?: Psks; seat?: Seat } = {},
): Promise<Bytes> {
  const { state } = group;
  const { suite } = state.context;
  const { identity, secrets, ownLeaf } = state;
  const own = { sender: Sender.member(ownLeaf), identity, initSecret: secrets.init };
  const from = seat ?? own;
  const resolved = entries.flatMap((entry) => {
    if (entry instanceof ProposalReference) return [];
    if (isPending(entry)) return [entry];
    return [{ proposal: entry, sender: from.sender }];
  });
  const applied = apply(state, resolved);
  const isMember = from.sender.type === SenderType.MEMBER;
  const index = isMember ? from.sender.index : applied.tree.nextFree();
  const path =
    bend.withPath === false
      ? undefined
      : await makePath(state, from, index, applied, bend);
  const tree = path?.tree ?? applied.tree;
  const wire = entries.map((entry) =>
    isPending(entry) ? new ProposalReference(entry.reference) : entry,
  );
  const content = await frame(state, new Commit(wire, path?.path), bend, from);
  const asked = resolved.map((each) => each.proposal);
  const ids = asked.flatMap((each) => (each instanceof PreSharedKey ? [each.psk] : []));
  const keys = lookUp(ids, knownPsks(state, psks));
  const inputs = {
    initSecret: from.initSecret,
    commitSecret: path?.secrets.commitSecret ?? suite.noSecret,
    pskSecret: pskSecret(suite, ids, keys),
  };
  const context = nextContext(state, tree, applied.extensions);
  const epoch = advance(state, context, content, inputs, tree);
  const tag = bend.tag?.(epoch.confirmationTag) ?? epoch.confirmationTag;
  return (await seal(state, content.tagged(tag), entropy))[1];
}

/** Send any content that is no commit, as a member. */
export async function send(
  group: Group,
  content: Content,
  bend: Bend = {},
): Promise<Bytes> {
  const { state } = group;
  const { identity, secrets, ownLeaf } = state;
  const sender = Sender.member(ownLeaf);
  const from = { sender, identity, initSecret: secrets.init };
  const signed = await frame(state, content, bend, from);
  return (await seal(state, signed, entropy))[1];
}

/** Where somebody comes in by external commit, and the proposal it needs. */
export async function newcomerSeat(
  { state }: Group,
  identity: Identity,
): Promise<[Seat, ExternalInit]> {
  const { suite } = state.context;
  const key = await state.secrets.externalKey(suite).public();
  const size = suite.hashLength;
  const [kemOutput, initSecret] = await suite.hpke.exportTo(key, EXTERNAL_INIT, size);
  const sender = new Sender(SenderType.NEW_MEMBER_COMMIT);
  return [{ sender, identity, initSecret }, new ExternalInit(kemOutput)];
}

/** A new leaf for a member, as its Update would have it. */
export async function updateLeaf(
  { state }: Group,
  changes: Partial<LeafFields> = {},
): Promise<LeafNode> {
  const { context, identity, ownLeaf, tree } = state;
  const key = context.suite.generateKey(entropy);
  const fresh = {
    encryptionKey: await key.public(),
    source: LeafSource.UPDATE,
    lifetime: undefined,
    parentHash: new Uint8Array(),
  };
  const place = { groupId: context.groupId, leaf: ownLeaf };
  return tree
    .leaf(ownLeaf)!
    .with({ ...fresh, ...changes })
    .signed(identity, place);
}

interface Applied {
  readonly tree: RatchetTree;
  readonly extensions: GroupContextExtensions["extensions"];
  readonly added: readonly number[];
}

function apply(
  state: GroupState,
  proposals: readonly { proposal: Proposal; sender: Sender }[],
): Applied {
  let { tree } = state;
  let { extensions } = state.context;
  const added: number[] = [];
  for (const { proposal, sender } of proposals) {
    if (proposal instanceof GroupContextExtensions) ({ extensions } = proposal);
    if (proposal instanceof Update) tree = tree.update(sender.index, proposal.leaf);
  }
  for (const { proposal } of proposals)
    if (proposal instanceof Remove && tree.leaf(proposal.leaf))
      tree = tree.remove(proposal.leaf);
  for (const { proposal } of proposals)
    if (proposal instanceof Add) {
      const [grown, leaf] = tree.add(proposal.keyPackage.leaf);
      tree = grown;
      added.push(leaf);
    }
  return { tree, extensions, added };
}

function nextContext(
  { context }: GroupState,
  tree: RatchetTree,
  extensions: Applied["extensions"],
) {
  const hashed = treeHash(context.suite, tree.root);
  return context.with({ epoch: context.epoch + 1, treeHash: hashed, extensions });
}

async function makePath(
  state: GroupState,
  { sender, identity }: Seat,
  leaf: number,
  applied: Applied,
  bend: Bend,
) {
  const { suite, groupId } = state.context;
  const tree = applied.tree.extendedTo(leaf);
  const steps = tree.filteredPath(leaf);
  const secrets = await freshPath(suite, steps, entropy);
  const publics = secrets.steps.map((step) => step.public);
  const keys = bend.keys?.(publics) ?? publics;
  const [parents, parentHash] = mergePath(suite, steps, keys);
  const template = state.tree.leaf(
    sender.type === SenderType.MEMBER ? leaf : state.ownLeaf,
  )!;
  const { credential, signatureKey } = identity;
  const owner = sender.type === SenderType.MEMBER ? {} : { credential, signatureKey };
  const signed = await template
    .with({
      ...owner,
      encryptionKey: await suite.generateKey(entropy).public(),
      source: LeafSource.COMMIT,
      lifetime: undefined,
      parentHash,
      ...bend.leaf,
    })
    .signed(bend.leafSigner ?? identity, { groupId, leaf });
  const merged = tree.withPath(leaf, signed, parents);
  const context = nextContext(state, merged, applied.extensions).encode();
  const binding = { without: applied.added, context };
  const sealed = await sealPath(suite, steps, secrets, binding);
  const nodes = sealed.map((node, at) => ({ ...node, encryptionKey: keys[at]! }));
  const path = { leaf: signed, nodes };
  return { path: bend.path?.(path) ?? path, secrets, tree: merged };
}

async function frame(
  { context }: GroupState,
  content: Content,
  bend: Bend,
  { sender, identity }: Seat,
): Promise<AuthenticatedContent> {
  const { groupId, epoch } = context;
  const authenticatedData = new Uint8Array();
  const honest = { groupId, epoch, sender, authenticatedData, content };
  const framed = new FramedContent({ ...honest, ...bend.framed });
  const format = bend.isPrivate
    ? WireFormat.PRIVATE_MESSAGE
    : WireFormat.PUBLIC_MESSAGE;
  const signer = bend.signer ?? identity;
  const signed = await AuthenticatedContent.sign(
    signer,
    format,
    framed,
    context.encode(),
  );
  return bend.signed?.(signed) ?? signed;
}
