/** The race of roads in virtual time (spec/carriers.md); told as in tests/carriers/test_race.py. */
import { expect, test } from "vitest";
import type { Way } from "../../src/carriers/carrier.ts";
import { ANSWER, LONGEST_WAIT } from "../../src/carriers/race.ts";
import { OpeningRefusal, Road } from "../../src/wire/tables.ts";
import { CLOSED, DEAD, GOOD, MUTE, type Path, Track, rounded, way } from "./track.ts";

const [A, B, C, D] = [way("a"), way("b"), way("c"), way("d")];
const A_POLLS = way("a", "polling");
const plain = (name: string): Way => way(name, "websocket", Road.WS);
const hosts = (ways: Iterable<Way>): string[] =>
  [...ways].map(({ address }) => address.host);

test("the next road starts long before the first is given up", () => {
  const track = new Track([A, B, C, D].map((one) => [one, DEAD]));
  track.run(10);
  expect(track.dials()).toEqual([
    [0, A],
    [0.3, B],
    [0.9, C],
    [2.1, D],
  ]);
});

test("a road that is refused gives way at once", () => {
  const track = new Track([
    [A, CLOSED],
    [B, GOOD],
  ]);
  track.run(1);
  expect(track.dials()).toEqual([
    [0, A],
    [0.05, B],
  ]);
  expect(track.uses()).toEqual([[0.15, B]]);
});

test("a far road that opens is not raced at once", () => {
  const track = new Track([
    [A, { opens: 0.25, answers: 0.4 }],
    [B, GOOD],
  ]);
  track.run(10);
  expect(track.dials()).toEqual([[0, A]]);
});

test("a road that opens and then says nothing loses within five seconds", () => {
  const track = new Track([
    [A, MUTE],
    [B, GOOD],
  ]);
  track.run(10);
  expect(track.uses()).toEqual([
    [0.1, A],
    [0.1 + ANSWER, B],
  ]);
  expect(track.last).toBe("connected");
});

test("a handshake wins nothing before bytes have crossed", () => {
  const track = new Track([
    [A, MUTE],
    [B, { opens: 0.2 }],
  ]);
  track.run(5);
  expect(track.statuses().map(({ type }) => type)).not.toContain("connected");
});

test("the last road of a round has twenty seconds to answer", () => {
  const track = new Track([[A, { answers: 9 }]]);
  track.run(30);
  expect(track.last).toBe("connected");
});

test("a slow road among dead ones wins in a later round", () => {
  const track = new Track([
    [A, { answers: 7 }],
    [B, DEAD],
  ]);
  track.run(60);
  const [first, second] = track.uses().filter(([, what]) => what === A);
  expect(first?.[0]).toBe(0.1);
  expect(second?.[0]).toBeGreaterThan(15);
  expect(track.last).toBe("connected");
});

test("what failed is told road by road", () => {
  const track = new Track([
    [A, CLOSED],
    [A_POLLS, DEAD],
    [B, MUTE],
  ]);
  track.run(40);
  const waiting = track.statuses().find((one) => one.type === "waiting");
  expect(waiting).toMatchObject({
    tried: [
      { way: A, reason: "unreached" },
      { way: B, reason: "mute" },
      { way: A_POLLS, reason: "slow" },
    ],
  });
});

test("all roads dead means longer waits with chance in them and a bound", () => {
  const waits = (chance: number): number[] => {
    const track = new Track([[plain("a"), CLOSED]], chance);
    track.run(600);
    const times = track.dials().map(([when]) => when);
    return times.slice(1).map((when, at) => rounded(when - (times[at] ?? 0) - 0.05));
  };
  expect(waits(0.5).slice(0, 8)).toEqual([0.5, 1, 2, 4, 8, 16, 32, LONGEST_WAIT]);
  expect(waits(0).slice(0, 4)).toEqual([0.25, 0.5, 1, 2]);
  expect(Math.max(...waits(0.999))).toBeLessThanOrEqual(1.5 * LONGEST_WAIT);
});

test("a road that is cut at once again and again is not redialled at once", () => {
  const track = new Track([[plain("a"), { cutAfter: 0.01 }]]);
  track.run(60);
  expect(track.dials().length).toBeLessThan(10);
});

test("a road that lets a little through each time is dialled again at once", () => {
  const track = new Track([[plain("a"), { cutAfter: 1, moved: true }]]);
  track.run(10);
  const times = track.dials().map(([when]) => when);
  const waits = times.slice(1).map((when, at) => rounded(when - (times[at] ?? 0)));
  expect(waits.length).toBeGreaterThanOrEqual(6);
  expect(new Set(waits)).toEqual(new Set([1.3]));
});

test("a runner-up of another host is kept open for a while and no longer", () => {
  const track = new Track([
    [A, { opens: 0.35, answers: 0.4 }],
    [B, GOOD],
  ]);
  track.run(15);
  expect(hosts(track.live.values())).toEqual(["a.example", "b.example"]);
  track.run(16);
  expect(hosts(track.live.values())).toEqual(["a.example"]);
});

test("a loser of the same host is let go", () => {
  const other = { ...plain("a"), address: { ...plain("a").address, port: 80 } };
  const track = new Track([
    [plain("a"), { opens: 0.35, answers: 0.4 }],
    [other, GOOD],
  ]);
  track.run(2);
  expect([...track.live.values()]).toEqual([plain("a")]);
});

test("what worked last is tried first, and what failed of late last", () => {
  const track = new Track([
    [A, CLOSED],
    [B, CLOSED],
    [C, GOOD],
  ]);
  track.run(5);
  const before = track.dials().length;
  track.lose({ moved: true });
  track.run(20);
  expect(track.dials().slice(before)[0]?.[1]).toBe(C);
  // The one that won last is given a second before another joins it.
  expect(track.dials().slice(before)).toHaveLength(1);
});

test("a failure is believed for half an hour", () => {
  const track = new Track([
    [A, CLOSED],
    [B, { cutAfter: 1700, moved: true }],
    [C, GOOD],
  ]);
  track.run(1000);
  track.change(B, CLOSED);
  track.run(1702);
  expect(
    track
      .dials()
      .slice(2)
      .map(([, what]) => what),
  ).toEqual([B, C]);
  track.change(C, CLOSED);
  track.run(4000);
  const before = track.dials().length;
  track.lose({ moved: true });
  track.run(4000.3);
  expect(
    track
      .dials()
      .slice(before)
      .map(([, what]) => what),
  ).toEqual([C, A, B]);
});

test("who is turned away asks again only when told", () => {
  const track = new Track([
    [A, MUTE],
    [B, DEAD],
  ]);
  track.run(1);
  track.lose({ reason: "refused", refusal: OpeningRefusal.PASS_UNKNOWN });
  expect(track.last).toBe("turned-away");
  expect(track.live.size).toBe(0);
  const before = track.dials().length;
  track.run(100_000);
  expect(track.dials()).toHaveLength(before);
  track.happen({ type: "hurried" });
  expect(track.dials()).toHaveLength(before + 1);
});

test("a relay at fault is left alone for a while", () => {
  const track = new Track([
    [A, GOOD],
    [B, GOOD],
  ]);
  track.run(100);
  track.lose({ reason: "broken", moved: true, faulty: true });
  expect(track.last).toBe("waiting");
  expect(track.live.size).toBe(0);
});

test("garbage from one road does not keep others from being tried", () => {
  const track = new Track([
    [A, MUTE],
    [B, GOOD],
  ]);
  track.run(0.2);
  track.lose({ reason: "broken", faulty: true });
  track.run(1);
  expect(track.last).toBe("connected");
});

test("two connections to a name, and the third waits for a place", () => {
  const at = (port: number): Way => ({ ...A, address: { ...A.address, port } });
  const track = new Track([443, 444, 445].map((port) => [at(port), DEAD]));
  track.run(12);
  // The first has had its time when another waits for its place.
  expect(track.dials().slice(0, 3)).toEqual([
    [0, at(443)],
    [0.3, at(444)],
    [ANSWER, at(445)],
  ]);
});

test("requests take both places of a name", () => {
  const track = new Track([
    [A, DEAD],
    [A_POLLS, GOOD],
  ]);
  track.run(12);
  expect(track.dials()).toEqual([
    [0, A],
    [ANSWER, A_POLLS],
  ]);
  expect(track.last).toBe("connected");
});

test("a road of the past says nothing", () => {
  const track = new Track([
    [A, CLOSED],
    [B, GOOD],
  ]);
  track.run(1);
  const before = track.log.length;
  track.happen({ type: "open", runner: 1 });
  const how = { reason: "cut", moved: false, refusal: 0, faulty: false } as const;
  track.happen({ type: "lost", runner: 1, ...how });
  expect(track.log).toHaveLength(before);
});

// Roads that fall silent

/** A race that has been won by the first way, in which something awaits a sign. */
function silent(paths: readonly (readonly [Way, Path])[], moved = true): Track {
  const track = new Track(paths);
  track.run(100);
  expect(track.last).toBe("connected");
  track.run(102.5);
  track.happen({ type: "waits", runner: track.used, since: 100, moved });
  return track;
}

test("doubt opens a road to another host, and a stall takes it within a way there and back", () => {
  const track = silent([
    [A, GOOD],
    [A_POLLS, GOOD],
    [B, GOOD],
  ]);
  track.run(104.9);
  expect(track.dials().slice(1)).toEqual([[102.5, B]]);
  expect(track.uses()).toHaveLength(1);
  track.run(106);
  expect(track.uses().slice(1)).toEqual([[105, B]]);
  expect(track.last).toBe("connected");
});

test("a road that gives a sign in time is kept, and what was opened beside it waits", () => {
  const track = silent([
    [A, GOOD],
    [B, GOOD],
  ]);
  track.run(104);
  track.happen({ type: "confirmed", runner: track.used });
  track.run(200);
  expect(track.uses()).toHaveLength(1);
  expect(hosts(track.live.values())).toEqual(["a.example"]);
});

test("a stalled road stays until another is open, and a sign of it ends the search", () => {
  const track = silent([
    [A, GOOD],
    [B, DEAD],
  ]);
  track.change(A, DEAD);
  track.run(106);
  expect(track.live.has(track.used)).toBe(true);
  track.happen({ type: "confirmed", runner: track.used });
  expect(track.last).toBe("connected");
  expect(track.live.size).toBe(1);
});

test("a road on which nothing moves before it stalls lengthens the patience, to forty seconds", () => {
  const track = new Track([[A, GOOD]]);
  track.run(20);
  const patience: number[] = [];
  for (let round = 0; round < 5; round++) {
    const [runner, since] = [track.used, track.now];
    track.happen({ type: "waits", runner, since, moved: false });
    const before = track.uses().length;
    track.run(since + 45);
    patience.push(rounded((track.uses()[before]?.[0] ?? 0) - since));
  }
  expect(patience).toEqual([5.1, 10.1, 20.1, 40.1, 40.1]);
});

test("three roads of contacts are used, and spare ones once those have failed", () => {
  const shared = ["e", "f", "g", "h", "i"].map((name): Way => {
    const { address, by } = way(name);
    return { by, address: { ...address, isShared: true } };
  });
  const track = new Track([A, ...shared].map((one) => [one, CLOSED]));
  track.run(5);
  const dialled = hosts(track.dials().map(([, one]) => one));
  expect(dialled.slice(0, 4)).toEqual(hosts([A, ...shared.slice(0, 3)]));
  expect(dialled.slice(4, 8)).toEqual(
    expect.arrayContaining(hosts(shared.slice(3))) as string[],
  );
});
