/** Proposals from people who are not in the group (RFC 9420 §12.1.8). */
import type { Bytes } from "../bytes.ts";
import { UsageError } from "./errors.ts";
import {
  AuthenticatedContent,
  FramedContent,
  PublicMessage,
  Sender,
  SenderType,
} from "./framing.ts";
import type { Identity } from "./identities.ts";
import type { OwnKeyPackage } from "./key-packages.ts";
import { Add, mayComeFromOutside, type Proposal } from "./proposals.ts";
import { encodeMessage, WireFormat } from "./wire-formats.ts";

/** Which group, in which epoch, a proposal is for. */
interface Addressed {
  readonly groupId: Bytes;
  readonly epoch: number;
}

/** Ask a group to add us; gives the message to send to it. */
export function proposeOwnAddition(
  keyPackage: OwnKeyPackage,
  to: Addressed,
): Promise<Bytes> {
  const sender = new Sender(SenderType.NEW_MEMBER_PROPOSAL);
  return send(keyPackage.identity, new Add(keyPackage.public), sender, to);
}

/**
 * Propose a change as one of the group's external senders.
 * @throws {UsageError} external senders may not propose this.
 */
export async function proposeFromOutside(
  identity: Identity,
  proposal: Proposal,
  { senderIndex, ...to }: Addressed & { readonly senderIndex: number },
): Promise<Bytes> {
  if (!mayComeFromOutside(proposal))
    throw new UsageError("an external sender may not propose this");
  const sender = new Sender(SenderType.EXTERNAL, senderIndex);
  return send(identity, proposal, sender, to);
}

async function send(
  identity: Identity,
  content: Proposal,
  sender: Sender,
  { groupId, epoch }: Addressed,
): Promise<Bytes> {
  const authenticatedData = new Uint8Array();
  const fields = { groupId, epoch, sender, authenticatedData, content };
  const format = WireFormat.PUBLIC_MESSAGE;
  const signed = await AuthenticatedContent.sign(
    identity,
    format,
    new FramedContent(fields),
    authenticatedData,
  );
  return encodeMessage(format, new PublicMessage(signed).encode());
}
