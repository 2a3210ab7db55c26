/** Releases of the page made from the built one, signed by keys of a test's own. */

import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DIST = process.env["LINNET_PAGE"] ?? join(import.meta.dirname, "../../dist");

interface Manifest {
  readonly format: 1;
  readonly version: string;
  readonly number: number;
  readonly files: Readonly<Record<string, string>>;
}

/** Somebody who can sign releases. */
export function newSigner(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

/** A folder that a relay serves as the page, changed from release to release. */
export class Served {
  readonly folder = mkdtempSync(join(tmpdir(), "linnet-page-"));

  constructor() {
    cpSync(DIST, this.folder, {
      recursive: true,
      // Whatever changes here would no longer be what lies compressed beside it.
      filter: (path) => !/\.(?:br|gz)$/.test(path),
    });
  }

  /** Sign what is there, as `version` (spec/web.md §2); the code hash. */
  release(version: string, signer: KeyObject): string {
    const old = JSON.parse(this.read("release.json")) as Manifest;
    const paths = Object.keys(old.files).sort();
    const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
    const made: Manifest = {
      format: 1,
      version,
      number: major * 1e6 + minor * 1e3 + patch,
      files: Object.fromEntries(
        paths.map((path) => [path, digest(readFileSync(join(this.folder, path)))]),
      ),
    };
    const manifest = Buffer.from(JSON.stringify(made, null, 1) + "\n");
    const context = Buffer.from("Linnet web release 1\0");
    const key = createPublicKey(signer).export({ type: "spki", format: "der" });
    const seal = {
      key: key.subarray(-32).toString("base64"),
      signature: sign(null, Buffer.concat([context, manifest]), signer).toString(
        "base64",
      ),
    };
    writeFileSync(join(this.folder, "release.json"), manifest);
    writeFileSync(join(this.folder, "release.sig"), JSON.stringify(seal));
    return digest(manifest).replace(/.{8}(?=.)/g, "$& ");
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Put other text into a file. */
  change(path: string, change: (text: string) => string): void {
    writeFileSync(join(this.folder, path), change(this.read(path)));
  }

  /** The scripts that the page begins with. */
  scripts(): readonly string[] {
    return [...this.read("index.html").matchAll(/src="\.\/(assets\/[^"]+\.js)"/g)].map(
      ([, path = ""]) => path,
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function digest(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
