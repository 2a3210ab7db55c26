/**
 * Framing: content, who sent it, and its public and private envelopes (RFC 9420 §6).
 *
 * Only the shapes and what is signed; the keys are applied in `protection.ts`.
 */
import { concat, type Bytes } from "../bytes.ts";
import { decode, opaque, Reader, uint16, uint32, uint64, uint8 } from "./codec.ts";
import { Commit } from "./commits.ts";
import { MalformedMessage } from "./errors.ts";
import type { Identity } from "./identities.ts";
import { decodeProposal, encodeProposal, type Proposal } from "./proposals.ts";
import type { Suite } from "./suites.ts";
import type { LeafIndex } from "./tree-math.ts";
import { unwrapMessage, WireFormat } from "./wire-formats.ts";

const VERSION = uint16(1);
const NOTHING: Bytes = new Uint8Array();

/** What a framed content is. */
export const ContentType = { APPLICATION: 1, PROPOSAL: 2, COMMIT: 3 } as const;
/** What a framed content is. */
export type ContentType = (typeof ContentType)[keyof typeof ContentType];

/** In which role somebody sends. */
export const SenderType = {
  MEMBER: 1,
  EXTERNAL: 2,
  NEW_MEMBER_PROPOSAL: 3,
  NEW_MEMBER_COMMIT: 4,
} as const;
/** In which role somebody sends. */
export type SenderType = (typeof SenderType)[keyof typeof SenderType];

/** Who sends: the leaf of a member, or the position of an external sender. */
export class Sender {
  readonly type: SenderType;
  readonly index: number;

  constructor(type: SenderType, index = 0) {
    this.type = type;
    this.index = index;
  }

  /** A member. */
  static member(leaf: LeafIndex): Sender {
    return new Sender(SenderType.MEMBER, leaf);
  }

  /** The leaf of a member; none for everyone else. */
  get leaf(): LeafIndex | undefined {
    return this.type === SenderType.MEMBER ? this.index : undefined;
  }

  /** Encode as Sender. */
  encode(): Bytes {
    const index = this.type <= SenderType.EXTERNAL ? uint32(this.index) : NOTHING;
    return concat(uint8(this.type), index);
  }

  /** Read a Sender. */
  static readonly decode = (reader: Reader): Sender => {
    const type = reader.uint8();
    if (type < 1 || type > 4) throw new MalformedMessage("a sender has no known type");
    const index = type <= SenderType.EXTERNAL ? reader.uint32() : 0;
    return new Sender(type as SenderType, index);
  };
}

/** Application data, a proposal or a commit. */
export type Content = Bytes | Proposal | Commit;

function decodeContentType(reader: Reader): ContentType {
  const type = reader.uint8();
  if (type < 1 || type > 3) throw new MalformedMessage("a content has no known type");
  return type as ContentType;
}

/** What a content is. */
export function contentType(content: Content): ContentType {
  if (content instanceof Uint8Array) return ContentType.APPLICATION;
  return content instanceof Commit ? ContentType.COMMIT : ContentType.PROPOSAL;
}

/** Encode a content, its type left out. */
export function encodeContent(content: Content): Bytes {
  if (content instanceof Uint8Array) return opaque(content);
  return content instanceof Commit ? content.encode() : encodeProposal(content);
}

/** Read a content of a type. */
export function decodeContent(reader: Reader, kind: ContentType): Content {
  if (kind === ContentType.APPLICATION) return reader.opaque();
  return kind === ContentType.PROPOSAL ? decodeProposal(reader) : Commit.decode(reader);
}

interface FramedFields {
  readonly groupId: Bytes;
  readonly epoch: number;
  readonly sender: Sender;
  readonly authenticatedData: Bytes;
  readonly content: Content;
}

/** A content in its frame (§6). */
export class FramedContent implements FramedFields {
  declare readonly groupId: Bytes;
  declare readonly epoch: number;
  declare readonly sender: Sender;
  declare readonly authenticatedData: Bytes;
  declare readonly content: Content;
  readonly #encoded: Bytes;

  constructor(fields: FramedFields, encoded?: Bytes) {
    Object.assign(this, fields);
    this.#encoded =
      encoded ??
      concat(
        opaque(this.groupId),
        uint64(this.epoch),
        this.sender.encode(),
        opaque(this.authenticatedData),
        uint8(contentType(this.content)),
        encodeContent(this.content),
      );
  }

  /** Encode as FramedContent. */
  encode(): Bytes {
    return this.#encoded;
  }

  /** Read a FramedContent. */
  static readonly decode = (reader: Reader): FramedContent => {
    const start = reader.position;
    const fields = {
      groupId: reader.opaque(),
      epoch: reader.uint64(),
      sender: Sender.decode(reader),
      authenticatedData: reader.opaque(),
      content: decodeContent(reader, decodeContentType(reader)),
    };
    return new FramedContent(fields, reader.since(start));
  };
}

/** FramedContentAuthData: a signature and, for a commit, the confirmation tag. */
export class Authentication {
  readonly signature: Bytes;
  readonly confirmationTag: Bytes | undefined;

  constructor(signature: Bytes, confirmationTag?: Bytes) {
    this.signature = signature;
    this.confirmationTag = confirmationTag;
  }

  /** Encode as FramedContentAuthData. */
  encode(): Bytes {
    const tag = this.confirmationTag;
    return concat(opaque(this.signature), tag ? opaque(tag) : NOTHING);
  }

  /** Read the FramedContentAuthData of a content of a type. */
  static decode(reader: Reader, kind: ContentType): Authentication {
    const signature = reader.opaque();
    if (kind !== ContentType.COMMIT) return new Authentication(signature);
    return new Authentication(signature, reader.opaque());
  }
}

/** A framed content with what authenticates it, its envelope taken off (§6.1). */
export class AuthenticatedContent {
  readonly wireFormat: WireFormat;
  readonly framed: FramedContent;
  readonly authentication: Authentication;

  constructor(
    wireFormat: WireFormat,
    framed: FramedContent,
    authentication: Authentication,
  ) {
    this.wireFormat = wireFormat;
    this.framed = framed;
    this.authentication = authentication;
  }

  /** Encode as AuthenticatedContent. */
  encode(): Bytes {
    const { framed, authentication } = this;
    return concat(uint16(this.wireFormat), framed.encode(), authentication.encode());
  }

  /** Read an AuthenticatedContent. */
  static readonly decode = (reader: Reader): AuthenticatedContent => {
    const kind = reader.uint16();
    if (kind !== WireFormat.PUBLIC_MESSAGE && kind !== WireFormat.PRIVATE_MESSAGE)
      throw new MalformedMessage("a content came in no known envelope");
    const framed = FramedContent.decode(reader);
    const authentication = Authentication.decode(reader, contentType(framed.content));
    return new AuthenticatedContent(kind, framed, authentication);
  };

  /** Sign a content; `context` is the encoded group context. */
  static async sign(
    identity: Identity,
    wireFormat: WireFormat,
    framed: FramedContent,
    context: Bytes,
  ): Promise<AuthenticatedContent> {
    const content = signedBytes(wireFormat, framed, context);
    const signature = await identity.sign("FramedContentTBS", content);
    return new AuthenticatedContent(wireFormat, framed, new Authentication(signature));
  }

  /** The same with the confirmation tag of its commit. */
  tagged(tag: Bytes): AuthenticatedContent {
    const authentication = new Authentication(this.authentication.signature, tag);
    return new AuthenticatedContent(this.wireFormat, this.framed, authentication);
  }

  /** Make sure that the owner of a key sent this content in this group and epoch. */
  verify(suite: Suite, signatureKey: Bytes, context: Bytes): Promise<void> {
    const content = signedBytes(this.wireFormat, this.framed, context);
    const { signature } = this.authentication;
    return suite.verify(signatureKey, "FramedContentTBS", content, signature);
  }

  /** ProposalRef: what a commit calls this proposal by (§5.2). */
  reference(suite: Suite): Bytes {
    return suite.reference("Proposal Reference", this.encode());
  }
}

/** FramedContentTBS (§6.1). */
export function signedBytes(
  wireFormat: WireFormat,
  framed: FramedContent,
  context: Bytes,
): Bytes {
  const { type } = framed.sender;
  const isInside = type === SenderType.MEMBER || type === SenderType.NEW_MEMBER_COMMIT;
  const bound = isInside ? context : NOTHING;
  return concat(VERSION, uint16(wireFormat), framed.encode(), bound);
}

/** A content that anyone can read, and a tag that shows a member sent it (§6.2). */
export class PublicMessage {
  readonly content: AuthenticatedContent;
  readonly membershipTag: Bytes | undefined;

  constructor(content: AuthenticatedContent, membershipTag?: Bytes) {
    this.content = content;
    this.membershipTag = membershipTag;
  }

  /** Encode as PublicMessage. */
  encode(): Bytes {
    const { framed, authentication } = this.content;
    const tag = this.membershipTag ? opaque(this.membershipTag) : NOTHING;
    return concat(framed.encode(), authentication.encode(), tag);
  }

  /** Read a PublicMessage. */
  static readonly decode = (reader: Reader): PublicMessage => {
    const framed = FramedContent.decode(reader);
    const content = new AuthenticatedContent(
      WireFormat.PUBLIC_MESSAGE,
      framed,
      Authentication.decode(reader, contentType(framed.content)),
    );
    if (framed.sender.type !== SenderType.MEMBER) return new PublicMessage(content);
    return new PublicMessage(content, reader.opaque());
  };
}

interface PrivateFields {
  readonly groupId: Bytes;
  readonly epoch: number;
  readonly contentType: ContentType;
  readonly authenticatedData: Bytes;
  readonly senderData: Bytes;
  readonly ciphertext: Bytes;
}

/** A content that only members can read (§6.3). */
export class PrivateMessage implements PrivateFields {
  declare readonly groupId: Bytes;
  declare readonly epoch: number;
  declare readonly contentType: ContentType;
  declare readonly authenticatedData: Bytes;
  declare readonly senderData: Bytes;
  declare readonly ciphertext: Bytes;

  constructor(fields: PrivateFields) {
    Object.assign(this, fields);
  }

  /** Encode as PrivateMessage. */
  encode(): Bytes {
    return concat(
      opaque(this.groupId),
      uint64(this.epoch),
      uint8(this.contentType),
      opaque(this.authenticatedData),
      opaque(this.senderData),
      opaque(this.ciphertext),
    );
  }

  /** Read a PrivateMessage. */
  static readonly decode = (reader: Reader): PrivateMessage => {
    return new PrivateMessage({
      groupId: reader.opaque(),
      epoch: reader.uint64(),
      contentType: decodeContentType(reader),
      authenticatedData: reader.opaque(),
      senderData: reader.opaque(),
      ciphertext: reader.opaque(),
    });
  };
}

/** Parse an MLSMessage that is sent to a group; throws as `unwrapMessage` does. */
export function decodeMessage(message: Uint8Array): PublicMessage | PrivateMessage {
  const [kind, body] = unwrapMessage(message);
  if (kind === WireFormat.PUBLIC_MESSAGE) return decode(body, PublicMessage.decode);
  if (kind === WireFormat.PRIVATE_MESSAGE) return decode(body, PrivateMessage.decode);
  throw new MalformedMessage("this kind of message is not sent to a group");
}

/** What the outside of a message shows, before anything is checked. */
export interface Envelope {
  readonly kind: WireFormat;
  readonly groupId?: Bytes;
  readonly epoch?: number;
  readonly contentType?: ContentType;
}

/**
 * Look at the outside of a message. Nothing it says is authentic.
 * @throws {MalformedMessage} the bytes are not an MLSMessage.
 * @throws {UnsupportedVersion} the message is not of MLS 1.0.
 */
export function peek(message: Uint8Array): Envelope {
  const [kind, body] = unwrapMessage(message);
  if (kind > WireFormat.PRIVATE_MESSAGE) return { kind };
  const reader = new Reader(body);
  const [groupId, epoch] = [reader.opaque(), reader.uint64()];
  if (kind === WireFormat.PUBLIC_MESSAGE) {
    Sender.decode(reader);
    reader.opaque();
  }
  return { kind, groupId, epoch, contentType: decodeContentType(reader) };
}
