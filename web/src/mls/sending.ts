/** Sending application messages and proposals (RFC 9420 §6, §12.1). */
import type { Bytes } from "../bytes.ts";
import { UsageError } from "./errors.ts";
import type { Capabilities, Extensions } from "./extensions.ts";
import {
  AuthenticatedContent,
  FramedContent,
  Sender,
  type Content,
} from "./framing.ts";
import type { Identity } from "./identities.ts";
import { LeafSource, type LeafNode } from "./leaf-nodes.ts";
import { ExternalInit, PreSharedKey, Update, type Proposal } from "./proposals.ts";
import { sealPrivate, sealPublic } from "./protection.ts";
import { withNonce } from "./psks.ts";
import { memberOf, requireActive, type GroupState, type OwnUpdate } from "./state.ts";
import type { Entropy } from "./suites.ts";
import { encodeMessage, WireFormat } from "./wire-formats.ts";

const NOTHING: Bytes = new Uint8Array();

/** How a message is sent. */
export interface Framing {
  /** Whether those who carry it may read it. */
  readonly public?: boolean;
  /** What travels beside the content, readable but authentic. */
  readonly authenticatedData?: Bytes;
}

/** What changes in our leaf, besides its encryption key. */
export interface UpdateOptions {
  /** A new credential or signature key. */
  readonly identity?: Identity | undefined;
  /** Extensions of the leaf. */
  readonly extensions?: Extensions | undefined;
  /** What we support. */
  readonly capabilities?: Capabilities | undefined;
}

/** A leaf with some changes, to be given a source and a key, and signed. */
export function updatedLeaf(
  { identity: given, extensions, capabilities }: UpdateOptions,
  leaf: LeafNode,
  identity: Identity,
): LeafNode {
  const chosen = given ?? identity;
  if (chosen.suite !== identity.suite)
    throw new UsageError("a leaf cannot change its cipher suite");
  return leaf.with({
    signatureKey: chosen.signatureKey,
    credential: chosen.credential,
    capabilities: capabilities ?? leaf.capabilities,
    extensions: extensions ?? leaf.extensions,
    lifetime: undefined,
  });
}

/** Sign a content as a member of this epoch. */
export function signContent(
  { context, identity, ownLeaf }: GroupState,
  content: Content,
  framing: Framing,
): Promise<AuthenticatedContent> {
  const framed = new FramedContent({
    groupId: context.groupId,
    epoch: context.epoch,
    sender: Sender.member(ownLeaf),
    authenticatedData: framing.authenticatedData ?? NOTHING,
    content,
  });
  const format = framing.public
    ? WireFormat.PUBLIC_MESSAGE
    : WireFormat.PRIVATE_MESSAGE;
  return AuthenticatedContent.sign(identity, format, framed, context.encode());
}

/** Put signed content into its envelope; gives the group with its ratchet moved. */
export async function seal(
  state: GroupState,
  content: AuthenticatedContent,
  entropy: Entropy,
): Promise<[state: GroupState, message: Bytes]> {
  const { context, secrets, settings } = state;
  const { suite } = context;
  const { wireFormat } = content;
  if (wireFormat === WireFormat.PUBLIC_MESSAGE) {
    const sealed = sealPublic(suite, secrets.membershipKey, content, context.encode());
    return [state, encodeMessage(wireFormat, sealed.encode())];
  }
  const [message, messages] = await sealPrivate(
    { suite, senderDataSecret: secrets.senderData, tree: state.messages },
    content,
    { padding: settings.padding, entropy },
  );
  return [{ ...state, messages }, encodeMessage(wireFormat, message.encode())];
}

/** Encrypt an application message; proposals must not wait for a commit (§12.4). */
export async function sendApplication(
  state: GroupState,
  plaintext: Bytes,
  authenticatedData: Bytes,
  entropy: Entropy,
): Promise<[state: GroupState, message: Bytes]> {
  requireActive(state);
  if (state.pending.some((each) => !each.isForgotten))
    throw new UsageError(
      "proposals are pending; commit or forget them before speaking",
    );
  const content = await signContent(state, plaintext, { authenticatedData });
  return seal(state, content, entropy);
}

/** Send a proposal, which is pending from now on. */
export function sendProposal(
  state: GroupState,
  proposal: Proposal,
  framing: Framing,
  entropy: Entropy,
): Promise<[state: GroupState, message: Bytes]> {
  requireActive(state);
  if (proposal instanceof Update || proposal instanceof ExternalInit)
    throw new UsageError("use proposeUpdate, or an external commit");
  return send(state, completed(state, proposal, entropy), framing, entropy);
}

/** A proposal with what only its sender can fill in: a nonce (§12.1.4). */
export function completed(
  { context }: GroupState,
  proposal: Proposal,
  entropy: Entropy,
): Proposal {
  if (!(proposal instanceof PreSharedKey)) return proposal;
  const nonce = new Uint8Array(entropy(context.suite.hashLength));
  return new PreSharedKey(withNonce(proposal.psk, nonce));
}

/** Propose a new leaf for us; it takes effect when somebody else commits it. */
export async function sendUpdate(
  state: GroupState,
  options: UpdateOptions,
  framing: Framing,
  entropy: Entropy,
): Promise<[state: GroupState, message: Bytes]> {
  requireActive(state);
  const { context, ownLeaf } = state;
  const identity = options.identity ?? state.identity;
  const key = context.suite.generateKey(entropy);
  const old = memberOf(state, ownLeaf).leafNode;
  const leaf = await updatedLeaf(options, old, state.identity)
    .with({
      encryptionKey: await key.public(),
      source: LeafSource.UPDATE,
      parentHash: NOTHING,
    })
    .signed(identity, { groupId: context.groupId, leaf: ownLeaf });
  return send(state, new Update(leaf), framing, entropy, { key, identity });
}

async function send(
  state: GroupState,
  proposal: Proposal,
  framing: Framing,
  entropy: Entropy,
  update?: OwnUpdate,
): Promise<[state: GroupState, message: Bytes]> {
  const content = await signContent(state, proposal, framing);
  const [sent, message] = await seal(state, content, entropy);
  const reference = content.reference(state.context.suite);
  const { sender } = content.framed;
  const pending = { reference, proposal, sender, update, isForgotten: false };
  return [{ ...sent, pending: [...sent.pending, pending] }, message];
}
