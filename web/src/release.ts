/**
 * A release: the manifest that lists the hash of every file of a build, and whether it
 * may take the place of the one that is installed. The service worker asks here and
 * nowhere else.
 */

export interface Release {
  readonly version: string;
  /** SHA-256 of each file in hexadecimal, by its path below the page. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Judged {
  readonly release: Release;
  /** SHA-256 of the manifest's bytes in hexadecimal: what people compare. */
  readonly hash: string;
  readonly isSigned: boolean;
}

const MANIFEST = "release.json";
const MOST_FILES = 500;

/** What a relay offers is no release, or not one of those who made the installed one. */
export class ReleaseRefused extends Error {}

/** Fetch the manifest that the relay offers now, past every cache. */
export async function offeredManifest(base: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(new URL(MANIFEST, base), { cache: "no-store" });
  if (!answer.ok) throw new ReleaseRefused("The relay has no release manifest.");
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * Judge a manifest's bytes.
 *
 * @throws ReleaseRefused when they are malformed.
 */
export async function judge(manifest: Uint8Array<ArrayBuffer>): Promise<Judged> {
  const hash = await sha256(manifest);
  return { release: parse(manifest), hash, isSigned: false };
}

function parse(manifest: Uint8Array<ArrayBuffer>): Release {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(manifest));
  } catch {
    throw new ReleaseRefused("The release manifest cannot be read.");
  }
  if (!isRelease(value)) throw new ReleaseRefused("The release manifest is malformed.");
  return value;
}

function isRelease(value: unknown): value is Release {
  if (typeof value !== "object" || value === null) return false;
  if (!("version" in value) || typeof value.version !== "string") return false;
  if (!("files" in value) || typeof value.files !== "object" || value.files === null)
    return false;
  const files: [string, unknown][] = Object.entries(value.files);
  return (
    files.length <= MOST_FILES &&
    files.every(
      ([path, hash]) =>
        /^[\w./-]+$/.test(path) &&
        !path.includes("..") &&
        typeof hash === "string" &&
        /^[0-9a-f]{64}$/.test(hash),
    )
  );
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
