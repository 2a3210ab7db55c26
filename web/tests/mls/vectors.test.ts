import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CATEGORIES, countHolding, ours } from "./official-vectors.ts";
import type { Case } from "./vector-cases.ts";

const beside = join(import.meta.dirname, "../../../../shared");
const folder = join(process.env["LINNET_SHARED"] ?? beside, "mls-vectors");
// Where they must be there, their absence is a failure and no reason to skip.
const isSkipped = !existsSync(folder) && process.env["CI"] !== "true";

test.skipIf(isSkipped).each(Object.keys(CATEGORIES))(
  "every official vector of our suites holds: %s",
  async (category) => {
    const text = readFileSync(join(folder, `${category}.json`), "utf8");
    const cases = ours(JSON.parse(text) as Case[]);
    const failures: unknown[] = [];

    const held = await countHolding(category, cases, (why) => failures.push(why));

    console.log(`${category.padEnd(32)} ${held}/${cases.length}`);
    expect(cases.length).toBeGreaterThan(0);
    expect(failures).toEqual([]);
  },
);
