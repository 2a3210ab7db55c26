/** The body of a MIMI content: parts, nested or not (draft-ietf-mimi-content). */

import type { Bytes } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import { isArray, isBytes, isUint, type Value } from "./cbor.ts";

export const DEEPEST_PARTS = 4;
export const MOST_PARTS = 64;

/** What a part is for; other numbers up to 255 are legal and unknown. */
export const Disposition = {
  UNSPECIFIED: 0,
  RENDER: 1,
  REACTION: 2,
  PROFILE: 3,
  INLINE: 4,
  ICON: 5,
  ATTACHMENT: 6,
  SESSION: 7,
  PREVIEW: 8,
} as const;

/** How the parts of a multipart belong together. */
export const Semantics = { CHOOSE_ONE: 0, SINGLE_UNIT: 1, PROCESS_ALL: 2 } as const;

/** Nothing: the body of a deletion. */
export interface NullPart {
  readonly kind: "null";
  readonly disposition: number;
  readonly language: string;
}

/** Content inside the message. */
export interface SinglePart {
  readonly kind: "single";
  readonly disposition: number;
  readonly language: string;
  readonly mediaType: string;
  readonly content: Bytes;
}

/** Content elsewhere: where it is and how to decrypt it. */
export interface ExternalPart {
  readonly kind: "external";
  readonly disposition: number;
  readonly language: string;
  readonly mediaType: string;
  readonly url: string;
  readonly expires: number;
  /** A bigint beyond 2^53, which no file of ours reaches. */
  readonly size: number | bigint;
  readonly algorithm: number;
  readonly key: Bytes;
  readonly nonce: Bytes;
  readonly aad: Bytes;
  readonly hashAlgorithm: number;
  readonly contentHash: Bytes;
  readonly description: string;
  readonly filename: string;
}

/** Two or more parts. */
export interface MultiPart {
  readonly kind: "multi";
  readonly disposition: number;
  readonly language: string;
  readonly semantics: number;
  readonly parts: readonly Part[];
}

export type Part = NullPart | SinglePart | ExternalPart | MultiPart;

/** Make a part of nothing. */
export function nullPart(disposition: number): NullPart {
  return { kind: "null", disposition, language: "" };
}

/** Make a part of bytes. */
export function singlePart(
  disposition: number,
  mediaType: string,
  content: Bytes,
): SinglePart {
  return { kind: "single", disposition, language: "", mediaType, content };
}

/** Return a part as the array that CBOR holds. */
export function writePart(part: Part): readonly Value[] {
  const head = [part.disposition, part.language];
  switch (part.kind) {
    case "null":
      return [...head, 0];
    case "single":
      return [...head, 1, part.mediaType, part.content];
    case "external":
      return [
        ...head,
        2,
        part.mediaType,
        part.url,
        part.expires,
        part.size,
        part.algorithm,
        part.key,
        part.nonce,
        part.aad,
        part.hashAlgorithm,
        part.contentHash,
        part.description,
        part.filename,
      ];
    case "multi":
      return [...head, 3, part.semantics, part.parts.map(writePart)];
  }
}

/** Read a part and the parts within; throws `Malformed`, also for too deep or too many. */
export function readPart(value: Value): Part {
  let budget = MOST_PARTS;
  const read = (one: Value, depth: number): Part => {
    budget -= 1;
    if (depth === 0 || budget < 0) throw new Malformed("A message has too many parts.");
    if (!isArray(one) || !isUint(one[0], 256) || typeof one[1] !== "string")
      throw malformed();
    const [disposition, language, cardinality, ...rest] = one as [
      number,
      string,
      ...Value[],
    ];
    const head = { disposition, language };
    if (cardinality === 0 && rest.length === 0) return { kind: "null", ...head };
    if (cardinality === 1) return { kind: "single", ...head, ...readSingle(rest) };
    if (cardinality === 2) return { kind: "external", ...head, ...readExternal(rest) };
    const [semantics, inner] = rest;
    if (cardinality !== 3 || rest.length !== 2 || !isUint(semantics, 3))
      throw malformed();
    if (inner === undefined || !isArray(inner) || inner.length < 2) throw malformed();
    const parts = inner.map((each) => read(each, depth - 1));
    return { kind: "multi", ...head, semantics, parts };
  };
  return read(value, DEEPEST_PARTS);
}

function malformed(): Malformed {
  return new Malformed("A part of a message is malformed.");
}

function readSingle(rest: readonly Value[]): { mediaType: string; content: Bytes } {
  const [mediaType, content] = rest;
  if (rest.length !== 2 || typeof mediaType !== "string" || !isBytes(content))
    throw malformed();
  return { mediaType, content };
}

type External = Omit<ExternalPart, "kind" | "disposition" | "language">;

function readExternal(rest: readonly Value[]): External {
  const [mediaType, url, expires, size, algorithm, key, nonce, aad, ...more] = rest;
  const [hashAlgorithm, contentHash, description, filename] = more;
  if (
    rest.length === 12 &&
    typeof mediaType === "string" &&
    typeof url === "string" &&
    isUint(expires, 2 ** 32) &&
    (isUint(size, 2 ** 53) || (typeof size === "bigint" && size >= 0n)) &&
    isUint(algorithm, 2 ** 16) &&
    isBytes(key) &&
    isBytes(nonce) &&
    isBytes(aad) &&
    isUint(hashAlgorithm, 2 ** 8) &&
    isBytes(contentHash) &&
    typeof description === "string" &&
    typeof filename === "string"
  )
    return {
      mediaType,
      url,
      expires,
      size,
      algorithm,
      key,
      nonce,
      aad,
      hashAlgorithm,
      contentHash,
      description,
      filename,
    };
  throw new Malformed("A part of a message that lies elsewhere is malformed.");
}
