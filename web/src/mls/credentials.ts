/**
 * Credentials: who a signature key claims to speak for (RFC 9420 §5.3).
 *
 * MLS carries them; only the application can say whether a claim is true. It does so in
 * the `authenticate` function of its settings, which is given a `CredentialClaim`.
 */
import { concat, type Bytes } from "../bytes.ts";
import { opaque, readOpaque, uint16, vector, type Reader } from "./codec.ts";
import type { LeafIndex } from "./tree-math.ts";

/** The type of a bare identity. */
export const BASIC = 1;
/** The type of a chain of certificates. */
export const X509 = 2;

/** A bare identity, in a form that only the application understands. */
export class BasicCredential {
  readonly type: number = BASIC;
  readonly identity: Bytes;

  constructor(identity: Bytes) {
    this.identity = identity;
  }

  /** Encode as Credential. */
  encode(): Bytes {
    return concat(uint16(BASIC), opaque(this.identity));
  }
}

/** A chain of DER certificates, the member's own first. */
export class X509Credential {
  readonly type: number = X509;
  readonly certificates: readonly Bytes[];

  constructor(certificates: readonly Bytes[]) {
    this.certificates = certificates;
  }

  /** Encode as Credential. */
  encode(): Bytes {
    return concat(uint16(X509), vector(this.certificates.map(opaque)));
  }
}

/** A credential of a type this package does not know; its body is `opaque <V>`. */
export class OpaqueCredential {
  readonly type: number;
  readonly body: Bytes;

  constructor(type: number, body: Bytes) {
    this.type = type;
    this.body = body;
  }

  /** Encode as Credential. */
  encode(): Bytes {
    return concat(uint16(this.type), opaque(this.body));
  }
}

/** Any credential. */
export type Credential = BasicCredential | X509Credential | OpaqueCredential;

/** Read a Credential. */
export function decodeCredential(reader: Reader): Credential {
  const kind = reader.uint16();
  if (kind === BASIC) return new BasicCredential(reader.opaque());
  if (kind === X509) return new X509Credential(reader.vector(readOpaque));
  return new OpaqueCredential(kind, reader.opaque());
}

/** What a credential would be accepted for: a leaf, or proposals from outside. */
export const Purpose = {
  MEMBER: "member",
  EXTERNAL_SENDER: "external sender",
} as const;
/** What a credential would be accepted for. */
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

/** A credential and the key that claims it, for the application to judge (§5.3.1). */
export interface CredentialClaim {
  /** What is claimed. */
  readonly credential: Credential;
  /** The public key that claims it. */
  readonly signatureKey: Bytes;
  readonly purpose: Purpose;
  /** Where in the tree it would sit, if that is known. */
  readonly leaf?: LeafIndex | undefined;
  /** The credential it would replace; it must stand for the same client. */
  readonly previous?: Credential | undefined;
}

/** The claim of somebody who would be a member. */
export function memberClaim(
  node: { readonly credential: Credential; readonly signatureKey: Bytes },
  leaf?: LeafIndex,
  previous?: Credential,
): CredentialClaim {
  const { credential, signatureKey } = node;
  return { credential, signatureKey, purpose: Purpose.MEMBER, leaf, previous };
}
