import { defineConfig } from "vitest/config";

export default defineConfig({
  build: { target: "es2022", modulePreload: false, assetsInlineLimit: 0 },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"],
    testTimeout: 120_000,
  },
});
