/**
 * Signs the built page: writes `release.json` and `release.sig` into `dist` (spec/web.md §2),
 * and the compressed variants that the relay serves beside each file.
 *
 * The key is the file that LINNET_RELEASE_KEY names (PKCS #8, PEM, Ed25519); without it, a
 * key of this checkout alone, made on first use and never committed.
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from "node:crypto";
import {
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WEB = join(import.meta.dirname, "..");
const DIST = join(WEB, "dist");
const OWN_KEY = join(WEB, ".release-key");
const LEFT_OUT = /\.(?:br|gz|map)$|^release\.(?:json|sig)$|(?:^|\/)\./;
const COMPRESSIBLE = /\.(?:html|css|js|json|svg|webmanifest|txt)$/;

function everyFile(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? everyFile(path) : [path];
  });
}

function privateKey() {
  const named = process.env.LINNET_RELEASE_KEY;
  if (named) return createPrivateKey(readFileSync(named));
  if (!existsSync(OWN_KEY)) {
    const { privateKey: made } = generateKeyPairSync("ed25519");
    writeFileSync(OWN_KEY, made.export({ type: "pkcs8", format: "pem" }), {
      mode: 0o600,
    });
  }
  return createPrivateKey(readFileSync(OWN_KEY));
}

function manifest() {
  const { version } = JSON.parse(readFileSync(join(WEB, "package.json"), "utf8"));
  const [major, minor, patch] = version.split(".").map(Number);
  const paths = everyFile(DIST)
    .map((path) => relative(DIST, path).split(sep).join("/"))
    .filter((path) => !LEFT_OUT.test(path))
    .sort();
  const files = Object.fromEntries(
    paths.map((path) => [
      path,
      createHash("sha256")
        .update(readFileSync(join(DIST, path)))
        .digest("hex"),
    ]),
  );
  const number = major * 1e6 + minor * 1e3 + patch;
  return Buffer.from(
    JSON.stringify({ format: 1, version, number, files }, null, 1) + "\n",
  );
}

function signature(json) {
  const key = privateKey();
  const raw = createPublicKey(key)
    .export({ type: "spki", format: "der" })
    .subarray(-32);
  const signed = sign(
    null,
    Buffer.concat([Buffer.from("Linnet web release 1\0"), json]),
    key,
  );
  return JSON.stringify({
    key: raw.toString("base64"),
    signature: signed.toString("base64"),
  });
}

function compress(path) {
  const bytes = readFileSync(path);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

const json = manifest();
writeFileSync(join(DIST, "release.json"), json);
writeFileSync(join(DIST, "release.sig"), signature(json) + "\n");
for (const path of everyFile(DIST)) if (COMPRESSIBLE.test(path)) compress(path);

const groups = createHash("sha256").update(json).digest("hex").match(/.{8}/g).join(" ");
process.stdout.write(`Code hash: ${groups}\n`);
