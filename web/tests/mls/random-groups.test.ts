import { expect, test } from "vitest";
import { Suite } from "../../src/mls/index.ts";
import { Game } from "./peer/game.ts";
import { LocalMember } from "./peer/members.ts";
import { hasPython, PythonPeer } from "./peer/python.ts";
import { Seeded } from "./seeded.ts";

const steps = Number(process.env["LINNET_MLS_STEPS"] ?? 20);
const seed = process.env["LINNET_MLS_SEED"] ?? "seed";
const suites = Suite.supported();
// Where both languages must be there, the absence of one is a failure.
const isSkipped = process.env["CI"] !== "true" && !hasPython();

test.each(suites)(
  "members that restart after every step agree, in suite %i",
  async (suite) => {
    const random = new Seeded(`${seed} alone ${suite}`);
    const recruit = (name: string) => LocalMember.of(name, suite, random.entropy);
    const game = new Game(random, recruit, 12);
    await game.begin();

    for (let step = 0; step < steps; step++) await game.move();

    expect(game.languages.length).toBeGreaterThan(1);
  },
  600_000,
);

test.skipIf(isSkipped).each(suites)(
  "members in Python and TypeScript agree after every commit, in suite %i",
  async (suite) => {
    const random = new Seeded(`${seed} mixed ${suite}`);
    const python = new PythonPeer(`${seed} ${suite}`);
    const recruit = (name: string) =>
      random.percent(50)
        ? LocalMember.of(name, suite, random.entropy)
        : Promise.resolve(python.member(name, suite));
    const game = new Game(random, recruit, 12);
    await game.begin();
    const seen = new Set<string>();

    for (let step = 0; step < steps; step++) {
      await game.move();
      for (const language of game.languages) seen.add(language);
    }

    python.close();
    expect(seen).toEqual(new Set(["Python", "TypeScript"]));
    console.log(`suite ${suite}:`, Object.fromEntries(game.moves));
  },
  600_000,
);
