/**
 * Leaves out of the built page the texts that only developers read: what a machine's error
 * says of a broken rule. Nobody is shown them, and no report holds them; what a person is
 * told has a code (`src/sentences`).
 */

import type { Plugin } from "vite";

/** Errors outside of MLS whose literal text is for developers, whatever else they take. */
const SILENT = [
  "BugError",
  "Forged",
  "LocalError",
  "Malformed",
  "RemoteError",
  "Replayed",
];
/** Made from one of those where they are thrown. */
const OWN = ["RuleBroken"];
const BUILTIN = ["Error", "RangeError", "TypeError"];

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Made extends Node {
  readonly callee: Node & { readonly name?: string };
  readonly arguments: readonly Node[];
}

interface Imported extends Node {
  readonly source: { readonly value: string };
  readonly specifiers: readonly { readonly local: { readonly name: string } }[];
}

/** The plugin; it comes after whatever makes JavaScript of a module. */
export function withoutTexts(): Plugin {
  return {
    name: "without-texts",
    apply: "build",
    enforce: "post",
    transform(code, id) {
      const path = id.replaceAll("\\", "/");
      if (!/\/src\/.*\.tsx?$|\/node_modules\/@noble\/.*\.js(?:\?apart)?$/.test(path))
        return null;
      const program: Node = this.parse(code);
      const names = namesIn(program, path);
      const texts = [...nodesOf(program)].flatMap((node) => textOf(node, names));
      if (texts.length === 0) return null;
      return { code: without(code, texts), map: null };
    },
  };
}

/** What this module calls the errors whose texts are left out. */
function namesIn(program: Node, path: string): readonly string[] {
  if (path.includes("/node_modules/")) return BUILTIN;
  const names = [...nodesOf(program)].flatMap((node) => {
    if (node.type !== "ImportDeclaration") return [];
    const { source, specifiers } = node as Imported;
    return source.value.endsWith("/errors.ts")
      ? specifiers.map(({ local }) => local.name)
      : [];
  });
  // All of MLS is for developers; elsewhere the texts of some are codes.
  return path.includes("/src/mls/")
    ? names
    : [...OWN, ...names.filter((name) => SILENT.includes(name))];
}

function textOf(node: Node, names: readonly string[]): Node[] {
  if (node.type !== "NewExpression") return [];
  const { callee, arguments: given } = node as Made;
  const [text] = given;
  if (!text || !names.includes(callee.name ?? "")) return [];
  return ["Literal", "TemplateLiteral", "BinaryExpression"].includes(text.type)
    ? [text]
    : [];
}

function without(code: string, texts: readonly Node[]): string {
  let kept = "";
  let place = 0;
  for (const { start, end } of texts.toSorted(
    (one, other) => one.start - other.start,
  )) {
    kept += `${code.slice(place, start)}""`;
    place = end;
  }
  return kept + code.slice(place);
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const one of value) yield* nodesOf(one);
  else if (typeof value === "object" && value !== null) {
    if ("type" in value && "start" in value) yield value as Node;
    for (const one of Object.values(value)) yield* nodesOf(one);
  }
}
