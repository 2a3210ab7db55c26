/** What a race never does, whatever roads do (spec/carriers.md §5). */
import { expect, test } from "vitest";
import { DIALS_SECONDS, MOST_DIALS, NAME_SECONDS } from "../../src/carriers/budget.ts";
import type { Way } from "../../src/carriers/carrier.ts";
import { connectionsOf, nameOf } from "../../src/carriers/ways.ts";
import { Road } from "../../src/wire/tables.ts";
import { type Path, Track, way } from "./track.ts";

/** The most connections in any span of so many seconds. */
function most(dials: readonly [number, Way][], seconds: number): number {
  return Math.max(
    ...dials.map(([begin]) =>
      dials
        .filter(([when]) => when >= begin && when < begin + seconds - 1e-6)
        .reduce((sum, [, way]) => sum + connectionsOf(way), 0),
    ),
  );
}

/** Numbers that look random and are the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
  "whatever roads do, the bounds of dialling hold: %i",
  (seed) => {
    const random = numbers(seed);
    const ways = ["a", "a", "b", "c", "d"].flatMap((name, at): Way[] => {
      const one = way(name, "websocket", random() < 0.2 ? Road.WS : Road.WSS);
      const moved = { ...one, address: { ...one.address, port: 443 + at } };
      return [moved, { ...moved, by: "polling" }];
    });
    const path = (): Path => ({
      opens: random() < 0.2 ? null : random() * 3,
      answers: random() < 0.2 ? null : random() * 3,
      refuses: random() < 0.3,
      ...(random() < 0.5 ? { cutAfter: random() * 30 } : {}),
      moved: random() < 0.5,
    });
    const track = new Track(
      ways.map((one) => [one, path()]),
      random(),
    );
    while (track.now < 300) {
      track.run(track.now + random() * 5);
      const chance = random();
      if (chance < 0.3) track.happen({ type: "hurried" });
      else if (chance < 0.6 && track.live.has(track.used)) {
        const since = track.now - 2.5;
        track.happen({
          type: "waits",
          runner: track.used,
          since,
          moved: chance < 0.45,
        });
      } else track.change(ways[Math.floor(random() * ways.length)]!, path());
    }
    const exact = track.log.flatMap(([when, effect]) =>
      effect.type === "dial" ? [[when, effect.way] as [number, Way]] : [],
    );
    expect(most(exact, DIALS_SECONDS)).toBeLessThanOrEqual(MOST_DIALS);
    for (const name of new Set(ways.map(nameOf).filter((one) => one !== ""))) {
      const here = exact.filter(([, one]) => nameOf(one) === name);
      expect(most(here, NAME_SECONDS)).toBeLessThanOrEqual(3);
    }
    const held = new Map<number, Way>();
    for (const [, one] of track.history) {
      if (one.type === "dial") held.set(one.runner, one.way);
      else if (one.type === "abort" || one.type === "lost") held.delete(one.runner);
      for (const name of new Set([...held.values()].map(nameOf)))
        if (name !== "")
          expect(
            [...held.values()]
              .filter((each) => nameOf(each) === name)
              .reduce((sum, each) => sum + connectionsOf(each), 0),
          ).toBeLessThanOrEqual(2);
    }
  },
);
