/** The cryptography that the page begins with, as the build would make it, in one file. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "vite";

/** MLS, the session of the wire, and the algorithms under both. */
const CRYPTO = /\/src\/(?:mls|wire)\/|\/src\/(?:bytes|x25519)\.ts$|\/@noble\//;

/** Build the worker into a folder with the cryptography apart; return that part. */
export async function buildCrypto(folder: string): Promise<Buffer> {
  const root = join(import.meta.dirname, "..");
  await build({
    root,
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: false },
    worker: {
      rolldownOptions: {
        output: {
          codeSplitting: {
            includeDependenciesRecursively: false,
            groups: [
              { name: "crypto", test: CRYPTO, tags: ["$initial"], priority: 2 },
              { name: "client", test: /\/src\/client\/worker\.ts$/, priority: 1 },
            ],
          },
        },
      },
    },
  });
  const assets = join(folder, "assets");
  const parts = readdirSync(assets).filter((name) => /^crypto-.*\.js$/.test(name));
  return Buffer.concat(parts.map((name) => readFileSync(join(assets, name))));
}
