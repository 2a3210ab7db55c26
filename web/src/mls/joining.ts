/** Coming into a group: by its creation (RFC 9420 §11) or a welcome (§12.4.3.1). */
import { equal, type Bytes } from "../bytes.ts";
import { memberClaim } from "./credentials.ts";
import { InvalidGroupInfo, InvalidTag, InvalidWelcome } from "./errors.ts";
import { ExternalSender, type Capabilities, type Extensions } from "./extensions.ts";
import type { Identity } from "./identities.ts";
import type { OwnKeyPackage } from "./key-packages.ts";
import {
  deriveEpoch,
  epochSecret,
  GroupContext,
  interimTranscriptHash,
  welcomeSecret,
  type EpochSecrets,
} from "./key-schedule.ts";
import { LeafNode, LeafSource, Lifetime } from "./leaf-nodes.ts";
import { authenticateExternal, hasTwice } from "./proposal-lists.ts";
import {
  lookUp,
  pskSecret,
  ResumptionPsk,
  ResumptionUsage,
  type PskId,
  type Psks,
} from "./psks.ts";
import { SecretTree } from "./secret-tree.ts";
import type { Settings } from "./settings.ts";
import { NO_HISTORY, type GroupState } from "./state.ts";
import type { Entropy, Suite } from "./suites.ts";
import { RatchetTree } from "./tree.ts";
import { treeHash } from "./tree-hash.ts";
import { derivePath, indices, pathKeys, type PrivateKeys } from "./tree-kem.ts";
import { commonAncestor, nodeOf, type LeafIndex } from "./tree-math.ts";
import { allKeys, checkCommonGround, checkWholeTree } from "./tree-rules.ts";
import { Welcome, type GroupInfo, type GroupSecrets } from "./welcomes.ts";

const CREATOR_LIFETIME = 90 * 24 * 60 * 60;
const NOTHING: Bytes = new Uint8Array();

/** How a group, or our leaf in one, is made. */
export interface GroupOptions {
  /** Extensions of the group. */
  readonly extensions?: Extensions;
  /** Extensions of our leaf. */
  readonly leafExtensions?: Extensions;
  /** Capabilities of our leaf; those of the settings unless said otherwise. */
  readonly capabilities?: Capabilities | undefined;
}

/** Make a group of one (§11). */
export async function create(
  groupId: Bytes,
  identity: Identity,
  how: { settings: Settings; now: number; entropy: Entropy; options?: GroupOptions },
): Promise<GroupState> {
  const { settings, now, entropy, options = {} } = how;
  const { suite } = identity;
  const { extensions = [] } = options;
  const key = suite.generateKey(entropy);
  const leaf = await unsignedLeaf(identity, settings, options, entropy)
    .with({
      encryptionKey: await key.public(),
      source: LeafSource.KEY_PACKAGE,
      lifetime: Lifetime.starting(now, CREATOR_LIFETIME),
    })
    .signed(identity);
  leaf.check(suite);
  const tree = RatchetTree.of(leaf);
  checkCommonGround(tree.root.support, extensions);
  const context = new GroupContext({
    suite,
    groupId,
    epoch: 0,
    treeHash: treeHash(suite, tree.root),
    confirmedTranscriptHash: NOTHING,
    extensions,
  });
  const [secrets, encryption] = deriveEpoch(suite, entropy(suite.hashLength));
  const tag = secrets.confirmationTag(suite, NOTHING);
  return {
    ...NO_HISTORY,
    settings,
    identity,
    ownLeaf: 0,
    context,
    tree,
    keys: allKeys(tree),
    privateKeys: new Map([[0, key]]),
    secrets,
    messages: SecretTree.grow(suite, 1, encryption),
    confirmationTag: tag,
    interimTranscriptHash: interimTranscriptHash(suite, NOTHING, tag),
  };
}

/** A leaf of ours that still lacks its key, source and signature. */
export function unsignedLeaf(
  identity: Identity,
  settings: Settings,
  options: GroupOptions,
  entropy: Entropy,
): LeafNode {
  const capabilities = options.capabilities ?? settings.capabilities;
  return new LeafNode({
    encryptionKey: NOTHING,
    signatureKey: identity.signatureKey,
    credential: identity.credential,
    capabilities: settings.grease ? capabilities.withGrease(entropy) : capabilities,
    source: LeafSource.COMMIT,
    lifetime: undefined,
    parentHash: NOTHING,
    extensions: options.leafExtensions ?? [],
  });
}

/**
 * The tree of a group info, with every rule checked and everyone authenticated.
 * @throws {InvalidMessage} a rule is broken; the kind says which.
 */
export async function checkedTree(
  info: GroupInfo,
  settings: Settings,
  outOfBand: Bytes | undefined,
): Promise<RatchetTree> {
  const { suite, groupId, treeHash: expected, extensions } = info.context;
  const tree = info.ratchetTree(outOfBand);
  if (!equal(treeHash(suite, tree.root), expected))
    throw new InvalidGroupInfo("a ratchet tree is not the one of the group");
  const signer = tree.leaf(info.signer);
  if (!signer) throw new InvalidGroupInfo("a group info is signed by a blank leaf");
  await info.verify(signer.signatureKey);
  await checkWholeTree(suite, tree, groupId);
  checkCommonGround(tree.root.support, extensions);
  await Promise.all(
    tree.leaves().map(async ([leaf, node]) => {
      settings.checkLength(node);
      await settings.authenticate(memberClaim(node, leaf));
    }),
  );
  return tree;
}

/** Ask the application about the external senders of a group. */
export async function authenticateSenders(state: GroupState): Promise<void> {
  for (const sender of ExternalSender.find(state.context.extensions))
    await authenticateExternal(state, sender);
}

/** What a welcome gives its reader. */
export interface Arrival {
  readonly package: OwnKeyPackage;
  readonly told: GroupSecrets;
  readonly info: GroupInfo;
  readonly pskSecret: Bytes;
}

/**
 * Open a welcome; nothing of the group it is for is checked yet.
 * @throws {UnknownKeyPackage} it is for none of our key packages.
 * @throws {UnknownPsk} it needs a pre-shared key that was not given.
 * @throws {InvalidMessage} it does not open.
 */
export async function openWelcome(
  message: Uint8Array,
  packages: readonly OwnKeyPackage[],
  psks: Psks,
): Promise<Arrival> {
  const welcome = Welcome.fromMessage(message);
  const [chosen, sealed] = welcome.entryFor(packages);
  const { suite } = welcome;
  const told = await welcome.openSecrets(chosen.initPrivate, sealed);
  checkPsks(suite, told.psks);
  const mixed = pskSecret(suite, told.psks, lookUp(told.psks, psks));
  const info = await welcome.openGroupInfo(
    welcomeSecret(suite, told.joinerSecret, mixed),
  );
  if (info.context.suite !== suite)
    throw new InvalidWelcome("a welcome is of another suite than its group");
  return { package: chosen, told, info, pskSecret: mixed };
}

function checkPsks(suite: Suite, psks: readonly PskId[]): void {
  if (psks.some((psk) => psk.nonce.length !== suite.hashLength))
    throw new InvalidWelcome("the nonce of a pre-shared key has the wrong length");
  if (psks.length > 1 && psks.some((psk) => specialUsage(psk)))
    throw new InvalidWelcome("a welcome mixes a group's succession with other keys");
  if (hasTwice(psks))
    throw new InvalidWelcome("a welcome uses one pre-shared key twice");
}

/** The usage of a key that ties two groups together; none of any other key. */
export function specialUsage({ name }: PskId): ResumptionUsage | undefined {
  const ties =
    name instanceof ResumptionPsk && name.usage !== ResumptionUsage.APPLICATION;
  return ties ? name.usage : undefined;
}

/**
 * Become a member by a welcome (§12.4.3.1).
 * @throws {InvalidMessage} a rule is broken; the kind says which.
 */
export async function join(
  arrival: Arrival,
  settings: Settings,
  ratchetTree: Bytes | undefined,
): Promise<GroupState> {
  const { info, package: ours, told } = arrival;
  const { context, confirmationTag } = info;
  const { suite, confirmedTranscriptHash: confirmed } = context;
  const tree = await checkedTree(info, settings, ratchetTree);
  const ownLeaf = findLeaf(tree, ours.public.leaf);
  const secret = epochSecret(suite, told.joinerSecret, arrival.pskSecret, context);
  const [secrets, encryption] = deriveEpoch(suite, secret);
  checkTag(suite, secrets, info);
  const state = {
    ...NO_HISTORY,
    settings,
    identity: ours.identity,
    ownLeaf,
    context,
    tree,
    keys: allKeys(tree),
    privateKeys: await privateKeys(suite, tree, ownLeaf, arrival),
    secrets,
    messages: SecretTree.grow(suite, tree.leafCount, encryption),
    confirmationTag,
    interimTranscriptHash: interimTranscriptHash(suite, confirmed, confirmationTag),
  };
  await authenticateSenders(state);
  return state;
}

function checkTag(suite: Suite, secrets: EpochSecrets, info: GroupInfo): void {
  const { context, confirmationTag } = info;
  const key = secrets.confirmationKey;
  try {
    suite.verifyMac(key, context.confirmedTranscriptHash, confirmationTag);
  } catch (error) {
    if (!(error instanceof InvalidTag)) throw error;
    throw new InvalidWelcome("the confirmation tag of a welcome is wrong");
  }
}

function findLeaf(tree: RatchetTree, leaf: LeafNode): LeafIndex {
  const encoded = leaf.encode();
  const found = tree.leaves().find(([, other]) => equal(other.encode(), encoded));
  if (!found) throw new InvalidWelcome("a welcome is to a group that we are not in");
  return found[0];
}

async function privateKeys(
  suite: Suite,
  tree: RatchetTree,
  own: LeafIndex,
  { package: ours, told, info }: Arrival,
): Promise<PrivateKeys> {
  const leaf = [nodeOf(own), ours.leafPrivate] as const;
  if (!told.pathSecret) return new Map([leaf]);
  if (info.signer === own)
    throw new InvalidWelcome("a welcome is signed by its own reader");
  const meeting = commonAncestor(info.signer, own);
  const nodes = indices(tree.filteredPath(info.signer));
  if (!nodes.includes(meeting))
    throw new InvalidWelcome("a welcome tells a secret of a node that has none");
  const above = nodes.slice(nodes.indexOf(meeting));
  const secrets = await derivePath(suite, told.pathSecret, above);
  for (const { node, public: key } of secrets.steps)
    if (!equal(tree.keyAt(node) ?? NOTHING, key))
      throw new InvalidWelcome("the secrets of a welcome do not fit its tree");
  return new Map([leaf, ...pathKeys(secrets)]);
}
