/** Releases of the page: read, checked, and whether one may replace another (spec/web.md). */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, fromUtf8, hex, utf8 } from "./bytes.ts";
import type { Bytes } from "./bytes.ts";

const CONTEXT = utf8("Linnet web release 1\0");
const MOST_BYTES = 262_144;
const MOST_SIGNATURE_BYTES = 1_024;

/** A release whose signature was checked. */
export interface Release {
  readonly version: string;
  readonly number: number;
  /** The hexadecimal SHA-256 of every file, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Who signed it: hexadecimal. */
  readonly key: string;
  /** SHA-256 of the manifest, hexadecimal: what people compare. */
  readonly codeHash: string;
}

/** A release is not what it must be; the message is a sentence for the person. */
export class ReleaseRefused extends Error {
  readonly kind: "malformed" | "forged" | "other key" | "older" | "other file";

  constructor(kind: ReleaseRefused["kind"], message: string) {
    super(message);
    this.name = "ReleaseRefused";
    this.kind = kind;
  }
}

/** Read `release.json` and `release.sig`; throws `ReleaseRefused` (spec/web.md §2). */
export function readRelease(manifest: Bytes, signature: Bytes): Release {
  if (manifest.length > MOST_BYTES || signature.length > MOST_SIGNATURE_BYTES)
    throw malformed();
  const signed = parse(signature);
  const [key, seal] = [
    fromBase64(signed["key"], 32),
    fromBase64(signed["signature"], 64),
  ];
  requireKeys(signed, ["key", "signature"]);
  if (!isSigned(manifest, seal, key))
    throw new ReleaseRefused(
      "forged",
      "The signature of this version of the page is wrong; it was not taken.",
    );
  return {
    ...contents(parse(manifest)),
    key: hex(key),
    codeHash: hex(sha256(manifest)),
  };
}

/** Refuse a release that may not follow the installed one (spec/web.md §3). */
export function requireSuccessor(
  installed: Pick<Release, "key" | "number">,
  offered: Release,
): void {
  if (offered.key !== installed.key)
    throw new ReleaseRefused(
      "other key",
      "This relay serves a version of the page that somebody else signed; it was not taken.",
    );
  if (offered.number < installed.number)
    throw new ReleaseRefused(
      "older",
      "This relay serves an older version of the page; it was not taken.",
    );
}

/** Refuse a file that is not the one the release names. */
export function requireFile(release: Release, path: string, bytes: Bytes): void {
  if (release.files.get(path) !== hex(sha256(bytes)))
    throw new ReleaseRefused(
      "other file",
      "This relay serves a file that is not part of the signed version; nothing was taken.",
    );
}

function contents(manifest: Record<string, unknown>) {
  requireKeys(manifest, ["files", "format", "number", "version"]);
  const { format, version, number, files } = manifest;
  if (format !== 1 || typeof version !== "string" || !isRecord(files))
    throw malformed();
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(version);
  if (!parts) throw malformed();
  const [, major, minor, patch] = parts.map(Number) as [number, number, number, number];
  if (number !== major * 1e6 + minor * 1e3 + patch) throw malformed();
  const listed = new Map<string, string>();
  let last = "";
  for (const [path, digest] of Object.entries(files)) {
    if (typeof digest !== "string" || !/^[0-9a-f]{64}$/.test(digest)) throw malformed();
    if (!isPath(path) || path <= last) throw malformed();
    listed.set(path, digest);
    last = path;
  }
  return { version, number, files: listed };
}

function isPath(path: string): boolean {
  return /^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(path);
}

function isSigned(manifest: Bytes, seal: Bytes, key: Bytes): boolean {
  try {
    return ed25519.verify(seal, concat(CONTEXT, manifest), key, { zip215: false });
  } catch {
    return false;
  }
}

function parse(bytes: Bytes): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes));
    if (isRecord(value)) return value;
  } catch {
    // One sentence serves whatever is wrong with it.
  }
  throw malformed();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function requireKeys(value: Record<string, unknown>, keys: readonly string[]): void {
  if (Object.keys(value).sort().join() !== keys.join()) throw malformed();
}

function fromBase64(text: unknown, size: number): Bytes {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    throw malformed();
  let raw: string;
  try {
    raw = atob(text);
  } catch {
    throw malformed();
  }
  if (raw.length !== size) throw malformed();
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

function malformed(): ReleaseRefused {
  return new ReleaseRefused(
    "malformed",
    "What this relay serves as a version of the page cannot be read; it was not taken.",
  );
}
