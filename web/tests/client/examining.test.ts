/** What trying a road shows, in virtual time (spec/carriers.md §10). */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Way } from "../../src/carriers/carrier.ts";
import { ROUNDS, sound } from "../../src/client/examining.ts";
import type { Attempt } from "../../src/client/values.ts";
import { OpeningRefusal } from "../../src/wire/tables.ts";
import { World, entropy } from "../carriers/world.ts";

let world: World;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: [
      ...(["setTimeout", "clearTimeout", "setInterval", "clearInterval"] as const),
      ...(["performance", "Date"] as const),
    ],
  });
  world = new World();
});

afterEach(() => {
  vi.useRealTimers();
});

/** What came of trying one way, as long as that takes. */
async function tried(by: Way["by"] = "websocket"): Promise<Attempt> {
  const { relay, ways, dial, budget } = world.parts("one");
  const way = ways().find((one) => one.by === by);
  const going = sound(relay, way!, { dial, budget, entropy });
  await vi.advanceTimersByTimeAsync(120_000);
  return going;
}

test("a road works when every question was answered, forty times twelve of them", async () => {
  expect(await tried()).toMatchObject({ came: "works", host: "one", isLasting: true });
  expect(world.heard).toHaveLength(ROUNDS * 12);
  expect([...world.reception.sessions].every(({ ended }) => ended)).toBe(true);
});

test("a road that lets a little through and then nothing is frozen, and told with how much", async () => {
  const going = tried();
  world.freezeAfter(4_000);
  const { came, octets } = await going;
  expect(came).toBe("frozen");
  expect(octets).toBeGreaterThan(0);
  expect(octets).toBeLessThan(4_000);
});

test("a road that ends after a little is cut", async () => {
  world.allowance = 4_000;
  expect(await tried()).toMatchObject({ came: "cut" });
});

test("a road on which the relay is not heard is unanswered, and one that does not open is nobody's", async () => {
  world.mute.add("one");
  expect(await tried()).toMatchObject({ came: "unanswered", octets: 0 });
  world.walls.set("one", "unreached");
  expect(await tried()).toMatchObject({ came: "nobody" });
  world.walls.set("one", "stranger");
  expect(await tried("polling")).toMatchObject({ came: "no door", isLasting: false });
});

test("a relay that opens no session answers: the road works", async () => {
  world.refusal = OpeningRefusal.CLOSED;
  expect(await tried()).toMatchObject({ came: "turned away" });
});
