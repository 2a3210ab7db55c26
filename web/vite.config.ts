import { readFile } from "node:fs/promises";

import { build, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

import { withoutTexts } from "./tools/texts.ts";

/**
 * The policy of a page served without headers of its own, such as from a plain folder. A
 * relay sends the same and more (spec/session.md §8.3).
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self' https: wss: http: ws:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types default",
].join("; ");

function policy(): Plugin {
  return {
    name: "policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}

/**
 * Curves that few pages fetch get copies of their own of what they share with the rest:
 * else the page would begin with all that any of them needs.
 */
function curvesApart(): Plugin {
  const APART = "?apart";
  const CURVES = /^@noble\/curves\/(?:ed25519|nist)\.js$/;
  return {
    name: "curves-apart",
    apply: "build",
    enforce: "pre",
    async resolveId(source, importer) {
      const from = importer?.endsWith(APART) ? importer.slice(0, -APART.length) : null;
      if (from === null && !CURVES.test(source)) return null;
      const found = await this.resolve(source, from ?? importer, { skipSelf: true });
      return found && { ...found, id: found.id + APART };
    },
    load(id) {
      return id.endsWith(APART) ? readFile(id.slice(0, -APART.length), "utf8") : null;
    },
  };
}

/** A worker says sentences by their codes alone; the page has the words. */
function coded(): Plugin {
  return {
    name: "coded",
    apply: "build",
    enforce: "pre",
    async resolveId(source, importer) {
      if (!/\/(?:english|pages)\.ts$/.test(source)) return null;
      const found = await this.resolve(source, importer, { skipSelf: true });
      const words = /\/src\/sentences\/(?:english|pages)\.ts$/;
      return (
        found && { ...found, id: found.id.replace(words, "/src/sentences/coded.ts") }
      );
    },
  };
}

/** What an entry begins with goes into its own file; only what comes later stands apart. */
function inOnePiece(name: string, entry: RegExp) {
  return {
    codeSplitting: { groups: [{ name, test: entry }] },
    // Of the comments only licences are for anybody.
    comments: { legal: true, annotation: false, jsdoc: false },
  };
}

/** The service worker in one plain file of a fixed name, after everything else. */
function serviceWorker(): Plugin {
  let outDir = "dist";
  return {
    name: "service-worker",
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      await build({
        configFile: false,
        logLevel: "warn",
        publicDir: false,
        build: {
          target: "es2022",
          outDir,
          emptyOutDir: false,
          rolldownOptions: {
            input: "src/sw.ts",
            output: { format: "iife", entryFileNames: "sw.js" },
          },
        },
      });
    },
  };
}

/** What needs the built page, and mostly a browser to open it. */
const BROWSERS = ["tests/browser/*.test.ts", "tests/build.test.ts"];

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: { output: inOnePiece("page", /src\/main\.tsx$/) },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: {
    format: "es",
    plugins: () => [coded(), curvesApart(), withoutTexts()],
    rolldownOptions: { output: inOnePiece("client", /src\/client\/worker\.ts$/) },
  },
  plugins: [policy(), serviceWorker(), withoutTexts()],
  test: {
    testTimeout: 120_000,
    // Node 20 has WebSocket behind this flag; later ones have it anyway.
    execArgv: ["--experimental-websocket"],
    projects: [
      {
        extends: true,
        test: {
          name: "machines",
          include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"],
          exclude: BROWSERS,
          // One waits for a relay or a browser while another works: no core stays free.
          maxWorkers: "100%",
        },
      },
      {
        extends: true,
        test: {
          name: "browsers",
          include: BROWSERS,
          globalSetup: "tests/kit/page.ts",
          testTimeout: 600_000,
          hookTimeout: 60_000,
          // What is asked again and again has the patience that everything else has.
          expect: { poll: { timeout: 30_000 } },
          // A browser and a relay at a time: each of them wants the whole machine.
          fileParallelism: false,
        },
      },
      // Measures, and holds nothing: only where it is asked for (`python -m bench web`).
      ...(process.env["LINNET_BENCH"] === undefined
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: "bench",
                include: ["bench/*.test.ts"],
                globalSetup: "tests/kit/page.ts",
                testTimeout: 600_000,
                hookTimeout: 60_000,
                // What is asked again and again has the patience that everything else has.
                expect: { poll: { timeout: 30_000 } },
              },
            },
          ]),
    ],
  },
});
