/**
 * Extensions and capabilities: what a client understands (RFC 9420 §7.2, §11.1, §13).
 *
 * Extensions are carried as bytes; the few that MLS itself defines are decoded here.
 */
import { concat, type Bytes } from "../bytes.ts";
import { decode, opaque, Reader, readUint16, uint16, vector } from "./codec.ts";
import { BASIC, decodeCredential, X509, type Credential } from "./credentials.ts";
import { MalformedMessage } from "./errors.ts";
import { keyOf, Remembered } from "./key-sets.ts";
import { Suite, type Entropy } from "./suites.ts";

/** The number of the protocol's version. */
export const MLS_10 = 1;

/** What an application may write into a leaf. */
export const APPLICATION_ID = 1;
/** The ratchet tree, in a group info. */
export const RATCHET_TREE = 2;
/** What every member must support. */
export const REQUIRED_CAPABILITIES = 3;
/** The key external commits are encrypted to, in a group info. */
export const EXTERNAL_PUB = 4;
/** Who may propose from outside. */
export const EXTERNAL_SENDERS = 5;
/** Marks a key package that may be used more than once (draft-ietf-mls-extensions). */
export const LAST_RESORT = 0x000a;

/** A type and its data. */
export class Extension {
  readonly type: number;
  readonly data: Bytes;

  constructor(type: number, data: Bytes) {
    this.type = type;
    this.data = data;
  }

  /** Encode as Extension. */
  encode(): Bytes {
    return concat(uint16(this.type), opaque(this.data));
  }

  /** Read an Extension. */
  static readonly decode = (reader: Reader): Extension => {
    return new Extension(reader.uint16(), reader.opaque());
  };
}

/** A list of extensions, no type twice. */
export type Extensions = readonly Extension[];

/** Encode a list of extensions. */
export function encodeExtensions(extensions: Extensions): Bytes {
  return vector(extensions.map((extension) => extension.encode()));
}

/** Read a list of extensions; throws `MalformedMessage` for a type twice (§13.4). */
export function decodeExtensions(reader: Reader): Extensions {
  const extensions = reader.vector(Extension.decode);
  if (new Set(extensions.map((each) => each.type)).size !== extensions.length)
    throw new MalformedMessage("an extension occurs twice");
  return extensions;
}

/** The data of the extension of a type, if it is there. */
export function findExtension(extensions: Extensions, kind: number): Bytes | undefined {
  return extensions.find((entry) => entry.type === kind)?.data;
}

/** Whether a value is reserved to keep others tolerant (§13.5). */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff) && value < 0xf000;
}

/** One of the reserved values (§13.5). */
export function pickGrease(entropy: Entropy): number {
  return 0x0a0a + 0x1010 * ((entropy(1)[0] as number) % 15);
}

function numbers(values: readonly number[]): Bytes {
  return vector(values.map(uint16));
}

/** What is listed in capabilities, each by its numbers. */
export interface Listed {
  readonly versions: readonly number[];
  readonly suites: readonly number[];
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

/** What a client says it supports (§7.2). Defaults of MLS need not be listed. */
export class Capabilities implements Listed {
  declare readonly versions: readonly number[];
  declare readonly suites: readonly number[];
  declare readonly extensions: readonly number[];
  declare readonly proposals: readonly number[];
  declare readonly credentials: readonly number[];

  constructor(listed: Listed) {
    Object.assign(this, listed);
  }

  /** What this package supports, and what the application adds. */
  static of({
    extensions = [],
    proposals = [],
  }: Partial<Pick<Listed, "extensions" | "proposals">> = {}): Capabilities {
    return new Capabilities({
      versions: [MLS_10],
      suites: Suite.supported(),
      extensions: [LAST_RESORT, ...extensions],
      proposals,
      credentials: [BASIC, X509],
    });
  }

  /** The same, with a reserved value in every list (§13.5). */
  withGrease(entropy: Entropy): Capabilities {
    const more = (values: readonly number[]) => [...values, pickGrease(entropy)];
    return new Capabilities({
      versions: this.versions,
      suites: more(this.suites),
      extensions: more(this.extensions),
      proposals: more(this.proposals),
      credentials: more(this.credentials),
    });
  }

  /** An empty extension of a reserved type that these capabilities list. */
  get greaseExtension(): Extension | undefined {
    const kind = this.extensions.find(isGrease);
    return kind === undefined ? undefined : new Extension(kind, new Uint8Array());
  }

  #lists(): (readonly number[])[] {
    const { versions, suites, extensions, proposals, credentials } = this;
    return [versions, suites, extensions, proposals, credentials];
  }

  /** Encode as Capabilities. */
  encode(): Bytes {
    return concat(...this.#lists().map(numbers));
  }

  /** Read Capabilities. */
  static readonly decode = (reader: Reader): Capabilities => {
    const start = reader.position;
    for (let list = 0; list < 5; list++) reader.opaque();
    const encoded = reader.since(start);
    const read = () => readCapabilities(encoded);
    if (encoded.length > LONGEST_REMEMBERED) return read();
    return capabilities.get(keyOf(encoded), read);
  };
}

// The clients of a group mostly support the same things: reading a tree of a thousand
// leaves then makes a handful of values instead of a thousand. Nothing unusually long is
// remembered, or strangers could fill the memory with it.
const LONGEST_REMEMBERED = 512;
const capabilities = new Remembered<Capabilities>(1024);

function readCapabilities(encoded: Bytes): Capabilities {
  const reader = new Reader(encoded);
  return new Capabilities({
    versions: reader.vector(readUint16),
    suites: reader.vector(readUint16),
    extensions: reader.vector(readUint16),
    proposals: reader.vector(readUint16),
    credentials: reader.vector(readUint16),
  });
}

type Numbers = ReadonlySet<number>;

function common(one: Numbers, other: Numbers): Numbers {
  return new Set([...one].filter((value) => other.has(value)));
}

function isWithin(some: Iterable<number>, of: Numbers): boolean {
  for (const value of some) if (!of.has(value)) return false;
  return true;
}

/** What all of some leaves support, and the credentials they use between them. */
export class Support {
  readonly credentialsUsed: Numbers;
  readonly credentials: Numbers;
  readonly extensions: Numbers;
  readonly proposals: Numbers;

  constructor(
    credentialsUsed: Numbers,
    credentials: Numbers,
    extensions: Numbers,
    proposals: Numbers,
  ) {
    this.credentialsUsed = credentialsUsed;
    this.credentials = credentials;
    this.extensions = extensions;
    this.proposals = proposals;
  }

  /** The same of both sets of leaves. */
  merge(other: Support): Support {
    if (this === other) return this;
    return interned(
      new Support(
        new Set([...this.credentialsUsed, ...other.credentialsUsed]),
        common(this.credentials, other.credentials),
        common(this.extensions, other.extensions),
        common(this.proposals, other.proposals),
      ),
    );
  }

  /** Whether all support every credential in use, and these. */
  hasCredentials(kinds: readonly number[]): boolean {
    return isWithin([...this.credentialsUsed, ...kinds], this.credentials);
  }

  /** Whether all support these extensions, the defaults understood. */
  hasExtensions(kinds: readonly number[]): boolean {
    return isWithin(
      kinds.filter((kind) => kind < 1 || kind > 5),
      this.extensions,
    );
  }

  /** Whether all support these proposals, the defaults understood. */
  hasProposals(kinds: readonly number[]): boolean {
    return isWithin(
      kinds.filter((kind) => kind < 1 || kind > 7),
      this.proposals,
    );
  }
}

// Leaves of like support share one value, so that merging theirs costs nothing.
const supports = new Remembered<Support>(256);

function interned(support: Support): Support {
  const { credentialsUsed, credentials, extensions, proposals } = support;
  const sets = [credentialsUsed, credentials, extensions, proposals];
  if (sets.reduce((sum, set) => sum + set.size, 0) > LONGEST_REMEMBERED / 2)
    return support;
  const name = sets.map((set) => [...set].sort((a, b) => a - b).join()).join(";");
  return supports.get(name, () => support);
}

/** What one leaf supports. Reserved values are nobody's support (§13.5). */
export function supportOf(listed: Listed, credential: number): Support {
  const known = (values: readonly number[]) =>
    new Set(values.filter((value) => !isGrease(value)));
  return interned(
    new Support(
      new Set([credential]),
      known(listed.credentials),
      known(listed.extensions),
      known(listed.proposals),
    ),
  );
}

/** What a group asks of every member (§11.1). */
export class RequiredCapabilities {
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];

  constructor({
    extensions = [],
    proposals = [],
    credentials = [],
  }: Partial<Listed> = {}) {
    this.extensions = extensions;
    this.proposals = proposals;
    this.credentials = credentials;
  }

  /** The extension that puts this into a group context. */
  toExtension(): Extension {
    const lists = [this.extensions, this.proposals, this.credentials];
    return new Extension(REQUIRED_CAPABILITIES, concat(...lists.map(numbers)));
  }

  /** What a group with these extensions requires. */
  static find(extensions: Extensions): RequiredCapabilities {
    const data = findExtension(extensions, REQUIRED_CAPABILITIES);
    if (!data) return new RequiredCapabilities();
    return decode(data, (reader) => {
      return new RequiredCapabilities({
        extensions: reader.vector(readUint16),
        proposals: reader.vector(readUint16),
        credentials: reader.vector(readUint16),
      });
    });
  }
}

/** Someone outside a group who may propose changes to it (§12.1.8.1). */
export class ExternalSender {
  readonly signatureKey: Bytes;
  readonly credential: Credential;

  constructor(signatureKey: Bytes, credential: Credential) {
    this.signatureKey = signatureKey;
    this.credential = credential;
  }

  /** Encode as ExternalSender. */
  encode(): Bytes {
    return concat(opaque(this.signatureKey), this.credential.encode());
  }

  /** The external senders of a group with these extensions. */
  static find(extensions: Extensions): readonly ExternalSender[] {
    const data = findExtension(extensions, EXTERNAL_SENDERS);
    if (!data) return [];
    const read = (reader: Reader) =>
      new ExternalSender(reader.opaque(), decodeCredential(reader));
    return decode(data, (reader) => reader.vector(read));
  }
}

/** The extension that lets these senders propose changes to a group. */
export function externalSenders(senders: readonly ExternalSender[]): Extension {
  const encoded = senders.map((sender) => sender.encode());
  return new Extension(EXTERNAL_SENDERS, vector(encoded));
}
