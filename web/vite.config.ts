import { defineConfig } from "vitest/config";

export default defineConfig({
  build: { target: "es2022", modulePreload: false, assetsInlineLimit: 0 },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"],
    testTimeout: 120_000,
    // Node 20 has WebSocket behind this flag; later ones have it anyway.
    execArgv: ["--experimental-websocket"],
  },
});
