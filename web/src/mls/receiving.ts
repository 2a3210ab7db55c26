/**
 * Taking in a message: everything is checked before anything is kept (RFC 9420 §6).
 *
 * Rules of this file: the state given is never changed, and a signature is verified before
 * the key that opened its message is spent.
 */
import { equal, type Bytes } from "../bytes.ts";
import { Commit } from "./commits.ts";
import {
  InvalidCommit,
  InvalidLeaf,
  InvalidProposal,
  MalformedMessage,
  OwnMessage,
  TooManyProposals,
  WrongEpoch,
  WrongGroup,
} from "./errors.ts";
import { ExternalSender } from "./extensions.ts";
import {
  ContentType,
  decodeMessage,
  PrivateMessage,
  SenderType,
  type AuthenticatedContent,
  type FramedContent,
  type PublicMessage,
} from "./framing.ts";
import { checkOrigin } from "./proposal-lists.ts";
import { Add, type Proposal } from "./proposals.ts";
import { openPrivate, openPublic, openSender } from "./protection.ts";
import type { Psks } from "./psks.ts";
import type { Telling, ToldApplication, ToldProposal } from "./reports.ts";
import { Member, Status, type GroupState } from "./state.ts";
import type { RatchetTree } from "./tree.ts";
import type { LeafIndex } from "./tree-math.ts";

/**
 * Take in a message; gives the group that results, and what happened.
 * @throws {MLSError} it is refused; the kind says why, and `state` is as it was.
 */
export async function receive(
  state: GroupState,
  message: Uint8Array,
  now: number,
  psks: Psks,
): Promise<[GroupState, Telling]> {
  const envelope = decodeMessage(message);
  const { context } = state;
  const isPrivate = envelope instanceof PrivateMessage;
  const { groupId, epoch } = isPrivate ? envelope : envelope.content.framed;
  if (!equal(groupId, context.groupId))
    throw new WrongGroup("a message is of another group");
  if (isPrivate && epoch < context.epoch) return receiveLate(state, envelope);
  if (epoch !== context.epoch) throw new WrongEpoch(epoch, context.epoch);
  const [opened, content] = isPrivate
    ? await fromPrivate(state, envelope)
    : [state, await fromPublic(state, envelope)];
  return takeIn(opened, content, now, psks);
}

async function fromPrivate(
  state: GroupState,
  envelope: PrivateMessage,
): Promise<[GroupState, AuthenticatedContent]> {
  const { context, messages, settings } = state;
  const { suite } = context;
  const senderDataSecret = state.secrets.senderData;
  const keys = { suite, senderDataSecret, tree: messages };
  const sealed = await openSender(keys, envelope);
  if (sealed.leaf === state.ownLeaf) throw ownMessage();
  const { signatureKey } = senderIn(state.tree, sealed.leaf);
  const [content, rest] = await openPrivate(keys, sealed, settings.limits);
  await content.verify(suite, signatureKey, context.encode());
  return [{ ...state, messages: rest }, content];
}

function ownMessage(): OwnMessage {
  return new OwnMessage("we sent this message ourselves");
}

/** Read an application message of an epoch that has ended. */
async function receiveLate(
  state: GroupState,
  envelope: PrivateMessage,
): Promise<[GroupState, ToldApplication]> {
  const { epoch } = envelope;
  const past = state.past.find((each) => each.context.epoch === epoch);
  if (!past || envelope.contentType !== ContentType.APPLICATION)
    throw new WrongEpoch(epoch, state.context.epoch);
  const { context, senderDataSecret, messages: tree } = past;
  const { suite } = context;
  const keys = { suite, senderDataSecret, tree };
  const sealed = await openSender(keys, envelope);
  const sender = senderIn(past.roster, sealed.leaf);
  if (sealed.leaf === past.ownLeaf) throw ownMessage();
  const [content, messages] = await openPrivate(keys, sealed, state.settings.limits);
  await content.verify(suite, sender.signatureKey, context.encode());
  const kept = state.past.map((each) => (each === past ? { ...past, messages } : each));
  return [{ ...state, past: kept }, tellApplication(content.framed, sender)];
}

function senderIn(tree: RatchetTree, leaf: LeafIndex): Member {
  const node = tree.leaf(leaf);
  if (!node) throw new InvalidLeaf("a message comes from a blank leaf");
  return new Member(leaf, node);
}

function tellApplication(framed: FramedContent, sender: Member): ToldApplication {
  const { authenticatedData, content: plaintext, epoch } = framed;
  if (!(plaintext instanceof Uint8Array))
    throw new MalformedMessage("a content is not of the type it says");
  return { kind: "application", authenticatedData, plaintext, sender, epoch };
}

async function fromPublic(
  state: GroupState,
  envelope: PublicMessage,
): Promise<AuthenticatedContent> {
  const { framed } = envelope.content;
  if (framed.sender.leaf === state.ownLeaf) throw ownMessage();
  const { suite } = state.context;
  const context = state.context.encode();
  const content = openPublic(suite, state.secrets.membershipKey, envelope, context);
  await content.verify(suite, publicSigner(state, framed), context);
  return content;
}

/** The key that must have signed a public message (§6.1). */
function publicSigner(state: GroupState, { sender, content }: FramedContent): Bytes {
  const { type, index } = sender;
  const isCommit = content instanceof Commit;
  if (type === SenderType.MEMBER) return senderIn(state.tree, index).signatureKey;
  if (type === SenderType.EXTERNAL && !isCommit) {
    const known = ExternalSender.find(state.context.extensions)[index];
    if (!known)
      throw new InvalidProposal("an external sender is not known to the group");
    return known.signatureKey;
  }
  if (type === SenderType.NEW_MEMBER_PROPOSAL && content instanceof Add)
    return content.keyPackage.leaf.signatureKey;
  if (type === SenderType.NEW_MEMBER_COMMIT && isCommit) {
    if (!content.path) throw new InvalidCommit("an external commit has no path");
    return content.path.leaf.signatureKey;
  }
  throw new InvalidProposal("somebody sent what their role does not allow");
}

async function takeIn(
  state: GroupState,
  content: AuthenticatedContent,
  now: number,
  psks: Psks,
): Promise<[GroupState, Telling]> {
  const { framed } = content;
  const inner = framed.content;
  if (inner instanceof Uint8Array)
    return [state, tellApplication(framed, senderIn(state.tree, framed.sender.index))];
  if (state.status !== Status.ACTIVE)
    throw new WrongEpoch(framed.epoch, state.context.epoch);
  if (inner instanceof Commit) {
    const { receiveCommit } = await import("./incoming-commits.ts");
    return receiveCommit(state, content, inner, { now, psks });
  }
  return receiveProposal(state, content, inner);
}

function receiveProposal(
  state: GroupState,
  content: AuthenticatedContent,
  proposal: Proposal,
): [GroupState, ToldProposal] {
  const { sender, authenticatedData } = content.framed;
  if (sender.type === SenderType.NEW_MEMBER_COMMIT)
    throw new InvalidProposal("somebody sent what their role does not allow");
  checkOrigin(proposal, sender);
  const reference = content.reference(state.context.suite);
  const told: ToldProposal = {
    kind: "proposal",
    authenticatedData,
    proposal,
    reference,
    sender,
  };
  if (state.pending.some((each) => equal(each.reference, reference)))
    return [state, told];
  if (state.pending.length >= state.settings.pendingProposals)
    throw new TooManyProposals("more proposals are pending than settings allow");
  const pending = { reference, proposal, sender, isForgotten: false };
  return [{ ...state, pending: [...state.pending, pending] }, told];
}
