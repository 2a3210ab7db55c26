import { expect, test } from "vitest";
import { CATEGORIES, countHolding } from "./official-vectors.ts";
import { casesOf, isWithoutVectors } from "./vector-folder.ts";

test.skipIf(isWithoutVectors).each(Object.keys(CATEGORIES))(
  "every official vector of our suites holds: %s",
  async (category) => {
    const cases = casesOf(category);
    const failures: unknown[] = [];

    const held = await countHolding(category, cases, (why) => failures.push(why));

    console.log(`${category.padEnd(32)} ${held}/${cases.length}`);
    expect(cases.length).toBeGreaterThan(0);
    expect(failures).toEqual([]);
  },
);
