/** A link keeps a session up over roads that fail, in virtual time. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Link } from "../../src/carriers/link.ts";
import { FIRST_WAIT, LONGEST_WAIT } from "../../src/carriers/race.ts";
import { sentenceOf } from "../../src/carriers/status.ts";
import { LocalError } from "../../src/errors.ts";
import { OpeningRefusal } from "../../src/wire/tables.ts";
import { Reception } from "../wire/reception.ts";
import { World, entropy, isConnected, numbered, read } from "./world.ts";

let world: World;
let link: Link;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  world = new World();
});

afterEach(() => {
  link.close();
  vi.useRealTimers();
});

/** Run a link with the world's roads until nothing happens any more at this instant. */
async function begin(...hosts: string[]): Promise<void> {
  link = new Link(world.parts(...hosts));
  void link.run();
  await vi.advanceTimersByTimeAsync(1);
}

/** The host of the road that is in use. */
const hostOf = ({ status }: Link): string | null =>
  status.type === "connected" ? status.way.address.host : null;

const pass = (seconds: number): Promise<unknown> =>
  vi.advanceTimersByTimeAsync(seconds * 1000);

test("a session opens and carries messages both ways", async () => {
  await begin("one");
  link.send(numbered(1));
  link.send(numbered(2));
  await pass(0.01);
  expect(world.heard.map(read)).toEqual([1, 2]);
  expect(world.echoed).toEqual([1, 2]);
  expect(world.shown).toEqual(["connecting", "connected"]);
});

test("nothing can be sent before a session is open", () => {
  link = new Link(world.parts("one"));
  expect(() => link.send(numbered(1))).toThrow(LocalError);
});

test("every message arrives once and in order though each road is cut after 20 kB", async () => {
  await begin("one");
  world.allowance = 20_000;
  const numbers = Array.from({ length: 200 }, (_, number) => number);
  for (const number of numbers) link.send(numbered(number, 1000));
  for (let turn = 0; turn < 120; turn++) await pass(1);
  expect(world.heard.map(read)).toEqual(numbers);
  expect(world.echoed).toEqual(numbers);
  expect(world.dialled.length).toBeGreaterThan(15);
  expect(world.told.filter((event) => event.type === "opened").length).toBe(1);
});

test("a road that lets something through is taken again at once", async () => {
  await begin("one");
  link.send(numbered(1));
  await pass(0.01);
  world.cut();
  await pass(0.01);
  expect(isConnected(link)).toBe(true);
  expect(link.status).toMatchObject({ resumed: true });
  expect(world.shown).not.toContain("waiting");
});

test("the second way is tried when the first fails, and preferred when it worked", async () => {
  world.walls.set("one", "unreached");
  await begin("one", "two");
  expect(world.dialled).toEqual(["websocket one", "websocket two"]);
  link.send(numbered(1));
  await pass(0.01);
  world.cut();
  await pass(0.01);
  expect(world.dialled.slice(2)).toEqual(["websocket two"]);
});

test("requests are tried where no WebSocket gets through", async () => {
  world.walls.set("websocket", "unreached");
  await begin("one", "two");
  expect(world.dialled).toEqual(["websocket one", "websocket two", "polling one"]);
  expect(isConnected(link)).toBe(true);
});

test("what was tried and what happened is said, then the wait doubles up to its bound", async () => {
  world.walls.set("one", "unreached");
  await begin("one");
  expect(link.status).toMatchObject({
    type: "waiting",
    reason: "unreached",
    attempt: 1,
  });
  expect(sentenceOf(link.status)).toBe(
    "By WebSocket: Nobody answers there; the relay or this network may be down. " +
      "By HTTP requests: Nobody answers there; the relay or this network may be down. " +
      "Linnet keeps trying; what waits to be sent is kept.",
  );
  const waits: number[] = [];
  for (let round = 0; round < 9; round++) {
    if (link.status.type !== "waiting") throw new Error(link.status.type);
    const left = link.status.until - performance.now() / 1000;
    waits.push(left);
    await pass(left + 0.001);
  }
  waits.forEach((wait, round) => {
    const full = Math.min(FIRST_WAIT * 2 ** round, LONGEST_WAIT);
    expect(wait).toBeGreaterThan(full * 0.49);
    expect(wait).toBeLessThan(full * 1.5);
  });
});

test("hurrying ends the wait", async () => {
  world.walls.set("one", "unreached");
  await begin("one");
  world.walls.clear();
  link.hurry();
  await pass(0.01);
  expect(isConnected(link)).toBe(true);
});

test("a relay that opens no session is asked again only when the person wants it", async () => {
  world.refusal = OpeningRefusal.CLOSED;
  await begin("one");
  expect(link.status).toMatchObject({
    type: "turned-away",
    code: OpeningRefusal.CLOSED,
  });
  expect(sentenceOf(link.status)).toBe(
    "This relay takes no one new; use another relay.",
  );
  await pass(3600);
  expect(world.dialled.length).toBe(1);
  world.refusal = 0;
  link.hurry();
  await pass(0.01);
  expect(isConnected(link)).toBe(true);
});

test("a relay that is full is asked again after a while", async () => {
  world.refusal = OpeningRefusal.FULL;
  await begin("one");
  world.refusal = 0;
  await pass(2);
  expect(isConnected(link)).toBe(true);
});

test("a relay without a road for pages says so and is not tried", async () => {
  await begin();
  expect(link.status).toMatchObject({ type: "turned-away", reason: "roadless" });
  expect(world.dialled).toEqual([]);
});

test("a relay that has forgotten the session gets a new one on the same road", async () => {
  await begin("one");
  link.send(numbered(1));
  await pass(0.01);
  world.reception = new Reception(world.key, entropy);
  world.cut();
  await pass(0.01);
  expect(isConnected(link)).toBe(true);
  expect(world.dialled.length).toBe(2);
  expect(world.told.filter((event) => event.type === "opened").length).toBe(2);
});

test("another relay at the same place is not believed", async () => {
  world.reception = new Reception(entropy(32), entropy);
  await begin("one");
  expect(link.isOpen).toBe(false);
  expect(link.status).toMatchObject({ type: "waiting", reason: "unanswered" });
});

test("a road that falls silent under what was said is left for another in five seconds", async () => {
  await begin("one", "two");
  const [visit] = world.visits;
  visit!.take = () => undefined;
  link.send(numbered(7));
  await pass(4.9);
  expect(hostOf(link)).toBe("one");
  await pass(0.2);
  expect(world.dialled).toEqual(["websocket one", "websocket two"]);
  expect(world.echoed).toEqual([7]);
  expect(hostOf(link)).toBe("two");
});

test("a road that confirms slowly, but confirms, is kept", async () => {
  await begin("one", "two");
  const [visit] = world.visits;
  const take = visit!.take.bind(visit);
  const late: (() => void)[] = [];
  visit!.take = (message) =>
    void late.push(() => {
      take(message);
    });
  for (let second = 0; second < 40; second += 4) {
    link.send(numbered(second));
    await pass(4);
    expect(hostOf(link)).toBe("one");
    for (const go of late.splice(0)) go();
  }
  await pass(1);
  expect(world.echoed.length).toBe(10);
});

test("of two roads that open one has the session, and the other is told nothing", async () => {
  world.mute.add("one");
  await begin("one", "two");
  await pass(4);
  expect(world.dialled.slice(0, 2)).toEqual(["websocket one", "websocket two"]);
  expect(isConnected(link)).toBe(false);
  await pass(2);
  expect(hostOf(link)).toBe("two");
});

test("an idle road on which nothing comes any more is left once it was asked", async () => {
  await begin("one");
  const [visit] = world.visits;
  visit!.take = () => undefined;
  await pass(22);
  expect(world.dialled.length).toBe(1);
  await pass(14);
  expect(world.dialled.length).toBe(2);
  expect(isConnected(link)).toBe(true);
});

test("an idle session asks for an answer now and then, and goes on", async () => {
  await begin("one");
  await pass(600);
  expect(world.dialled.length).toBe(1);
});

test("who sends too much waits for room and then goes on", async () => {
  await begin("one");
  let isRoomy = true;
  let sent = 0;
  while (isRoomy) isRoomy = link.send(numbered(sent++, 40_000));
  expect(sent).toBeLessThan(20);
  await link.room();
  expect(link.send(numbered(sent))).toBe(true);
});

test("closing tells the relay to forget the session", async () => {
  await begin("one");
  const [session] = world.reception.sessions;
  link.close();
  await pass(0.01);
  expect(session!.ended).toBe(true);
  expect(link.status).toEqual({ type: "idle" });
});
