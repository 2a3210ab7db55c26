/** Vectors of message keys, framing, and every structure on the wire. */
import { concat, type Bytes } from "../../src/bytes.ts";
import { decode, uint16 } from "../../src/mls/codec.ts";
import { Commit } from "../../src/mls/commits.ts";
import { BasicCredential } from "../../src/mls/credentials.ts";
import {
  AuthenticatedContent,
  decodeMessage,
  encodeContent,
  FramedContent,
  PrivateMessage,
  PublicMessage,
  Sender,
} from "../../src/mls/framing.ts";
import { Identity } from "../../src/mls/identities.ts";
import { KeyPackage } from "../../src/mls/key-packages.ts";
import { GroupContext } from "../../src/mls/key-schedule.ts";
import { decodeProposal } from "../../src/mls/proposals.ts";
import {
  openPrivate,
  openPublic,
  openSender,
  sealPrivate,
  sealPublic,
  senderDataKey,
  type PrivateKeys,
} from "../../src/mls/protection.ts";
import { RatchetType, SecretTree } from "../../src/mls/secret-tree.ts";
import { Suite } from "../../src/mls/suites.ts";
import { RatchetTree } from "../../src/mls/tree.ts";
import {
  decodeGroupSecrets,
  encodeGroupSecrets,
  GroupInfo,
  Welcome,
} from "../../src/mls/welcomes.ts";
import { encodeMessage, WireFormat } from "../../src/mls/wire-formats.ts";
import { entropy, holds, same, unhex, type Case } from "./vector-cases.ts";

const LIMITS = { skippedGenerations: 1000, keptKeys: 1000 };
const SENDER = 1;

export function secretTree(test: Case): void {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const data = test["sender_data"] as Case;
  const [secret, sample] = [
    unhex(data["sender_data_secret"]),
    unhex(data["ciphertext"]),
  ];
  const [key, nonce] = senderDataKey(suite, secret, sample);
  same(key, data["key"], "the sender data key");
  same(nonce, data["nonce"], "the sender data nonce");
  const leaves = test["leaves"] as Case[][];
  const encryption = unhex(test["encryption_secret"]);
  let tree = SecretTree.grow(suite, leaves.length, encryption);
  for (const [leaf, generations] of leaves.entries())
    for (const expected of generations) tree = taken(tree, leaf, expected);
  same(decode(tree.encode(), SecretTree.decode).encode(), tree.encode(), "the tree");
}

function taken(tree: SecretTree, leaf: number, expected: Case): SecretTree {
  let rest = tree;
  for (const [name, kind] of Object.entries(RatchetType)) {
    const generation = expected["generation"] as number;
    const [key, without] = rest.take(leaf, kind, generation, LIMITS);
    same(key.key, expected[`${name.toLowerCase()}_key`], "a key");
    same(key.nonce, expected[`${name.toLowerCase()}_nonce`], "a nonce");
    rest = without;
  }
  return rest;
}

export async function messageProtection(test: Case): Promise<void> {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const context = new GroupContext({
    suite,
    groupId: unhex(test["group_id"]),
    epoch: test["epoch"] as number,
    treeHash: unhex(test["tree_hash"]),
    confirmedTranscriptHash: unhex(test["confirmed_transcript_hash"]),
    extensions: [],
  }).encode();
  const credential = new BasicCredential(new Uint8Array());
  const signing = unhex(test["signature_priv"]);
  const identity = await Identity.of(suite, credential, signing);
  same(identity.signatureKey, test["signature_pub"], "the signature key");
  const tree = SecretTree.grow(suite, 2, unhex(test["encryption_secret"]));
  const senderDataSecret = unhex(test["sender_data_secret"]);
  const protection = { test, context, identity, suite, senderDataSecret, tree };
  for (const kind of ["proposal", "commit", "application"]) {
    await inPrivate(protection, kind);
    if (kind !== "application") await inPublic(protection, kind);
  }
}

interface Protection extends PrivateKeys {
  readonly test: Case;
  readonly context: Bytes;
  readonly identity: Identity;
}

async function inPrivate(keys: Protection, kind: string): Promise<void> {
  const sent = unhex(keys.test[`${kind}_priv`]);
  const message = decodeMessage(sent);
  if (!(message instanceof PrivateMessage)) throw new Error("not a private message");
  same(encodeMessage(WireFormat.PRIVATE_MESSAGE, message.encode()), sent, "theirs");
  const opened = async (sealed: PrivateMessage) =>
    (await openPrivate(keys, await openSender(keys, sealed), LIMITS))[0];
  await checkContent(keys, kind, await opened(message));
  const content = await contentOf(keys, kind, WireFormat.PRIVATE_MESSAGE);
  const [ours] = await sealPrivate(keys, content, { padding: 64, entropy });
  await checkContent(keys, kind, await opened(ours));
}

async function inPublic(keys: Protection, kind: string): Promise<void> {
  const { suite, context } = keys;
  const sent = unhex(keys.test[`${kind}_pub`]);
  const message = decodeMessage(sent);
  if (!(message instanceof PublicMessage)) throw new Error("not a public message");
  same(encodeMessage(WireFormat.PUBLIC_MESSAGE, message.encode()), sent, "theirs");
  const key = unhex(keys.test["membership_key"]);
  await checkContent(keys, kind, openPublic(suite, key, message, context));
  const content = await contentOf(keys, kind, WireFormat.PUBLIC_MESSAGE);
  const ours = sealPublic(suite, key, content, context);
  await checkContent(keys, kind, openPublic(suite, key, ours, context));
}

async function checkContent(
  { suite, identity, context, test }: Protection,
  kind: string,
  opened: AuthenticatedContent,
): Promise<void> {
  await opened.verify(suite, identity.signatureKey, context);
  const { content, sender } = opened.framed;
  const found = content instanceof Uint8Array ? content : encodeContent(content);
  same(found, test[kind], "the content");
  holds(sender.leaf === SENDER, "the sender");
}

async function contentOf(
  { test, identity, context }: Protection,
  kind: string,
  format: WireFormat,
): Promise<AuthenticatedContent> {
  const raw = unhex(test[kind]);
  const framed = new FramedContent({
    groupId: unhex(test["group_id"]),
    epoch: test["epoch"] as number,
    sender: Sender.member(SENDER),
    authenticatedData: new Uint8Array(),
    content:
      kind === "proposal"
        ? decode(raw, decodeProposal)
        : kind === "commit"
          ? decode(raw, Commit.decode)
          : raw,
  });
  const signed = await AuthenticatedContent.sign(identity, format, framed, context);
  return kind === "commit" ? signed.tagged(new Uint8Array(3)) : signed;
}

type Again = (data: Bytes) => Bytes;

function proposal(kind: number): Again {
  return (data) => decode(concat(uint16(kind), data), decodeProposal).encodeBody();
}

function groupMessage(data: Bytes): Bytes {
  const message = decodeMessage(data);
  const isPublic = message instanceof PublicMessage;
  const format = isPublic ? WireFormat.PUBLIC_MESSAGE : WireFormat.PRIVATE_MESSAGE;
  return encodeMessage(format, message.encode());
}

const AGAIN: Readonly<Record<string, Again>> = {
  mls_welcome: (data) => Welcome.fromMessage(data).toMessage(),
  mls_group_info: (data) => GroupInfo.fromMessage(data).toMessage(),
  mls_key_package: (data) => KeyPackage.fromMessage(data).toMessage(),
  ratchet_tree: (data) => decode(data, RatchetTree.decode).encode(),
  group_secrets: (data) => encodeGroupSecrets(decode(data, decodeGroupSecrets)),
  add_proposal: proposal(1),
  update_proposal: proposal(2),
  remove_proposal: proposal(3),
  pre_shared_key_proposal: proposal(4),
  re_init_proposal: proposal(5),
  external_init_proposal: proposal(6),
  group_context_extensions_proposal: proposal(7),
  commit: (data) => decode(data, Commit.decode).encode(),
  public_message_application: groupMessage,
  public_message_proposal: groupMessage,
  public_message_commit: groupMessage,
  private_message: groupMessage,
};

export function messages(test: Case): void {
  const names = Object.keys(test).sort();
  holds(names.join() === Object.keys(AGAIN).sort().join(), "the list of structures");
  for (const name of names) same(AGAIN[name]?.(unhex(test[name])), test[name], name);
}
