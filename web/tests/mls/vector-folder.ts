/** Where the official vectors rest; only runners in Node look there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ours } from "./official-vectors.ts";
import type { Case } from "./vector-cases.ts";

const beside = join(import.meta.dirname, "../../../../shared");
const folder = join(process.env["LINNET_SHARED"] ?? beside, "mls-vectors");

/** Where they must be there, their absence is a failure and no reason to skip. */
export const isWithoutVectors = !existsSync(folder) && process.env["CI"] !== "true";

/** The cases of a category that are of our suites. */
export function casesOf(category: string): readonly Case[] {
  const text = readFileSync(join(folder, `${category}.json`), "utf8");
  return ours(JSON.parse(text) as Case[]);
}
