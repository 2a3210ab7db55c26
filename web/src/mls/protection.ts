/**
 * Putting contents into envelopes and taking them out (RFC 9420 §6.2, §6.3).
 *
 * Opening gives content whose signature is not checked yet; `receiving.ts` checks it
 * before anything is kept.
 */
import { concat, type Bytes } from "../bytes.ts";
import { decode, opaque, Reader, uint32, uint64, uint8 } from "./codec.ts";
import { InvalidTag, MalformedMessage, UndecryptableMessage } from "./errors.ts";
import {
  AuthenticatedContent,
  Authentication,
  contentType,
  ContentType,
  decodeContent,
  encodeContent,
  FramedContent,
  PrivateMessage,
  PublicMessage,
  Sender,
  SenderType,
  signedBytes,
} from "./framing.ts";
import { NONCE_LENGTH } from "./hpke.ts";
import { RatchetType, type RatchetLimits, type SecretTree } from "./secret-tree.ts";
import type { Entropy, Suite } from "./suites.ts";
import type { LeafIndex } from "./tree-math.ts";
import { WireFormat } from "./wire-formats.ts";

const GUARD = 4;

/** What the tag covers that shows that a member sent a public message (§6.2). */
function tagged(
  { wireFormat, framed, authentication }: AuthenticatedContent,
  context: Bytes,
) {
  return concat(signedBytes(wireFormat, framed, context), authentication.encode());
}

/** Put content into a public envelope. */
export function sealPublic(
  suite: Suite,
  key: Bytes,
  content: AuthenticatedContent,
  context: Bytes,
): PublicMessage {
  if (content.framed.sender.type !== SenderType.MEMBER)
    return new PublicMessage(content);
  return new PublicMessage(content, suite.mac(key, tagged(content, context)));
}

/**
 * Take content out of a public envelope; its signature is still to be checked.
 * @throws {InvalidTag} no member of this epoch sent it, though it says so.
 */
export function openPublic(
  suite: Suite,
  key: Bytes,
  { content, membershipTag }: PublicMessage,
  context: Bytes,
): AuthenticatedContent {
  if (content.framed.content instanceof Uint8Array)
    throw new MalformedMessage("application data must not be sent in public");
  if (content.framed.sender.type === SenderType.MEMBER) {
    if (!membershipTag)
      throw new InvalidTag("a public message of a member has no membership tag");
    suite.verifyMac(key, tagged(content, context), membershipTag);
  }
  return content;
}

/** Key and nonce of the sender data, from a sample of the ciphertext (§6.3.2). */
export function senderDataKey(
  suite: Suite,
  secret: Bytes,
  ciphertext: Bytes,
): [key: Bytes, nonce: Bytes] {
  const sample = ciphertext.subarray(0, suite.hashLength);
  return [
    suite.expandWithLabel(secret, "key", sample, suite.aead.keyLength),
    suite.expandWithLabel(secret, "nonce", sample, NONCE_LENGTH),
  ];
}

type Address = Pick<
  PrivateMessage,
  "groupId" | "epoch" | "contentType" | "authenticatedData"
>;

function senderDataAad({ groupId, epoch, contentType: kind }: Address): Bytes {
  return concat(opaque(groupId), uint64(epoch), uint8(kind));
}

function contentAad(address: Address): Bytes {
  return concat(senderDataAad(address), opaque(address.authenticatedData));
}

function guarded(nonce: Bytes, guard: Uint8Array): Bytes {
  return nonce.map((byte, at) => byte ^ (guard[at] ?? 0));
}

function ratchetOf(kind: ContentType): RatchetType {
  return kind === ContentType.APPLICATION
    ? RatchetType.APPLICATION
    : RatchetType.HANDSHAKE;
}

/** What the private messages of an epoch are protected with. */
export interface PrivateKeys {
  readonly suite: Suite;
  readonly senderDataSecret: Bytes;
  readonly tree: SecretTree;
}

/**
 * Put content into a private envelope, with the sender's next key.
 * `padding` fills the plaintext up to a multiple; 0 leaves it as it is.
 */
export async function sealPrivate(
  { suite, senderDataSecret, tree }: PrivateKeys,
  { framed, authentication }: AuthenticatedContent,
  { padding, entropy }: { padding: number; entropy: Entropy },
): Promise<[PrivateMessage, SecretTree]> {
  const { groupId, epoch, authenticatedData } = framed;
  const kind = contentType(framed.content);
  const leaf = framed.sender.index;
  const [key, rest] = tree.takeNext(leaf, ratchetOf(kind));
  const guard = entropy(GUARD);
  const address = { groupId, epoch, contentType: kind, authenticatedData };
  const inner = concat(encodeContent(framed.content), authentication.encode());
  const fill = padding ? (padding - (inner.length % padding)) % padding : 0;
  const ciphertext = await suite.aead.seal(
    key.key,
    guarded(key.nonce, guard),
    concat(inner, new Uint8Array(fill)),
    contentAad(address),
  );
  const senderData = await suite.aead.seal(
    ...senderDataKey(suite, senderDataSecret, ciphertext),
    concat(uint32(leaf), uint32(key.generation), guard),
    senderDataAad(address),
  );
  return [new PrivateMessage({ ...address, senderData, ciphertext }), rest];
}

/** A private message whose sender is known; nothing but that was opened. */
export interface SealedFrom {
  readonly message: PrivateMessage;
  readonly leaf: LeafIndex;
  readonly generation: number;
  readonly guard: Bytes;
}

/** Find out who sent a private message; throws `UndecryptableMessage` if nobody did. */
export async function openSender(
  keys: PrivateKeys,
  message: PrivateMessage,
): Promise<SealedFrom> {
  const { suite, senderDataSecret } = keys;
  const opened = await suite.aead.open(
    ...senderDataKey(suite, senderDataSecret, message.ciphertext),
    message.senderData,
    senderDataAad(message),
  );
  return decode(opened, (reader) => ({
    message,
    leaf: reader.uint32(),
    generation: reader.uint32(),
    guard: reader.fixed(GUARD),
  }));
}

/**
 * Take content out of a private envelope; its signature is still to be checked.
 * The tree returned lacks the key; keep it only once the signature is checked.
 * @throws {UndecryptableMessage} the ciphertext does not open.
 * @throws {Replayed} the key was used, or is too old.
 * @throws {TooFarAhead} the limits forbid to go so far.
 */
export async function openPrivate(
  { suite, tree }: PrivateKeys,
  { message, leaf, generation, guard }: SealedFrom,
  limits: RatchetLimits,
): Promise<[AuthenticatedContent, SecretTree]> {
  const kind = message.contentType;
  const [key, rest] = tree.take(leaf, ratchetOf(kind), generation, limits);
  const nonce = guarded(key.nonce, guard);
  const aad = contentAad(message);
  const plaintext = await suite.aead.open(key.key, nonce, message.ciphertext, aad);
  const reader = new Reader(plaintext);
  const content = decodeContent(reader, kind);
  const authentication = Authentication.decode(reader, kind);
  if (plaintext.subarray(reader.position).some((byte) => byte !== 0))
    throw new UndecryptableMessage("the padding of a message is not zero");
  const { groupId, epoch, authenticatedData } = message;
  const sender = Sender.member(leaf);
  const framed = new FramedContent({
    groupId,
    epoch,
    sender,
    authenticatedData,
    content,
  });
  const format = WireFormat.PRIVATE_MESSAGE;
  return [new AuthenticatedContent(format, framed, authentication), rest];
}
