import tseslint from "typescript-eslint";

/** What a folder of `src` may import: the same contracts as the Python side. */
const contract = (files, ...forbidden) => ({
  files,
  rules: {
    "no-restricted-imports": ["error", { patterns: [{ group: forbidden }] }],
  },
});

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "peers/**", "coverage/**"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js", "tools/*.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: false }],
      "max-lines-per-function": [
        "warn",
        { max: 60, skipBlankLines: true, skipComments: true },
      ],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    files: ["eslint.config.js", "tools/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
  },
  contract(["src/mls/**"], "**/wire/*", "**/client/*", "**/carriers/*", "**/ui/*"),
  contract(["src/wire/**"], "**/mls/*", "**/client/*", "**/carriers/*", "**/ui/*"),
  contract(["src/carriers/**"], "**/mls/*", "**/client/*", "**/ui/*"),
  contract(["src/client/**"], "**/ui/*"),
  {
    files: ["tests/**", "bench/**", "tools/**"],
    rules: {
      "no-console": "off",
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);
