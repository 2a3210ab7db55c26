/** What a commit and its path look like on the wire (RFC 9420 §7.6, §12.4). */
import { concat, type Bytes } from "../bytes.ts";
import { opaque, optional, uint8, vector, type Reader } from "./codec.ts";
import { MalformedMessage } from "./errors.ts";
import type { Sealed } from "./hpke.ts";
import { LeafNode } from "./leaf-nodes.ts";
import { decodeProposal, encodeProposal, type Proposal } from "./proposals.ts";

/** Encode as HPKECiphertext. */
export function encodeSealed(sealed: Sealed): Bytes {
  return concat(...sealed.map(opaque));
}

/** Read an HPKECiphertext. */
export function decodeSealed(reader: Reader): Sealed {
  return [reader.opaque(), reader.opaque()];
}

/** UpdatePathNode: a new public key, and its secret for all below its sibling. */
export interface PathNode {
  readonly encryptionKey: Bytes;
  readonly secrets: readonly Sealed[];
}

/** UpdatePath: the committer's new leaf, and new keys from it to the root. */
export interface UpdatePath {
  readonly leaf: LeafNode;
  readonly nodes: readonly PathNode[];
}

/** Encode as UpdatePath. */
export function encodePath(path: UpdatePath): Bytes {
  const nodes = path.nodes.map((node) =>
    concat(opaque(node.encryptionKey), vector(node.secrets.map(encodeSealed))),
  );
  return concat(path.leaf.encode(), vector(nodes));
}

/** Read an UpdatePath. */
export function decodePath(reader: Reader): UpdatePath {
  const leaf = LeafNode.decode(reader);
  const node = (inner: Reader): PathNode => ({
    encryptionKey: inner.opaque(),
    secrets: inner.vector(decodeSealed),
  });
  return { leaf, nodes: reader.vector(node) };
}

/** The hash of a proposal that was sent before (§5.2). */
export class ProposalReference {
  readonly hash: Bytes;

  constructor(hash: Bytes) {
    this.hash = hash;
  }
}

/** The proposals that make the next epoch, and the committer's path. */
export class Commit {
  readonly proposals: readonly (Proposal | ProposalReference)[];
  readonly path: UpdatePath | undefined;

  constructor(
    proposals: readonly (Proposal | ProposalReference)[],
    path: UpdatePath | undefined,
  ) {
    this.proposals = proposals;
    this.path = path;
  }

  /** Encode as Commit. */
  encode(): Bytes {
    const path = this.path && encodePath(this.path);
    return concat(vector(this.proposals.map(encodeEntry)), optional(path));
  }

  /** Read a Commit. */
  static readonly decode = (reader: Reader): Commit => {
    return new Commit(reader.vector(decodeEntry), reader.optional(decodePath));
  };
}

function encodeEntry(entry: Proposal | ProposalReference): Bytes {
  if (entry instanceof ProposalReference) return concat(uint8(2), opaque(entry.hash));
  return concat(uint8(1), encodeProposal(entry));
}

function decodeEntry(reader: Reader): Proposal | ProposalReference {
  const kind = reader.uint8();
  if (kind === 1) return decodeProposal(reader);
  if (kind === 2) return new ProposalReference(reader.opaque());
  throw new MalformedMessage("a commit holds neither a proposal nor a reference");
}
