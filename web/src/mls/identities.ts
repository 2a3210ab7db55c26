/** An identity: a credential and the signature key that speaks for it. */
import { concat, type Bytes } from "../bytes.ts";
import { decode, opaque, uint16, type Reader } from "./codec.ts";
import { decodeCredential, type Credential } from "./credentials.ts";
import { Suite, type Entropy, type SigningKey } from "./suites.ts";

/** What a client signs as. Made by `Identity.of`, for keys take time to load. */
export class Identity {
  readonly suite: Suite;
  readonly credential: Credential;
  readonly signaturePrivate: Bytes;
  readonly signing: SigningKey;

  private constructor(
    suite: Suite,
    credential: Credential,
    key: Bytes,
    signing: SigningKey,
  ) {
    this.suite = suite;
    this.credential = credential;
    this.signaturePrivate = key;
    this.signing = signing;
  }

  /** An identity of a private key; throws `InvalidKey` if it is none of the suite. */
  static async of(
    suite: Suite,
    credential: Credential,
    signaturePrivate: Bytes,
  ): Promise<Identity> {
    const key = signaturePrivate.slice();
    return new Identity(suite, credential, key, await suite.signature.load(key));
  }

  /** Make a fresh signature key for a credential. */
  static generate(
    suite: Suite,
    credential: Credential,
    { entropy }: { entropy: Entropy },
  ): Promise<Identity> {
    return Identity.of(suite, credential, suite.signature.generate(entropy));
  }

  /** The public key. */
  get signatureKey(): Bytes {
    return this.signing.public;
  }

  /** SignWithLabel (RFC 9420 §5.1.2). */
  sign(label: string, content: Uint8Array): Promise<Bytes> {
    return this.suite.sign(this.signing, label, content);
  }

  /** Everything, the private key included, for storage. */
  toBytes(): Bytes {
    return concat(
      uint16(this.suite.id),
      this.credential.encode(),
      opaque(this.signaturePrivate),
    );
  }

  /** Read what `toBytes` wrote; the key is loaded by what is returned. */
  static readonly read = (reader: Reader): (() => Promise<Identity>) => {
    const suite = Suite.fromId(reader.uint16());
    const [credential, key] = [decodeCredential(reader), reader.opaque()];
    return () => Identity.of(suite, credential, key);
  };

  /** The inverse of `toBytes`; throws `MalformedMessage` for anything else. */
  static async fromBytes(stored: Uint8Array): Promise<Identity> {
    return decode(stored, Identity.read)();
  }
}
