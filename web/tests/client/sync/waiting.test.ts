import { expect, test } from "vitest";

import {
  Bell,
  Queue,
  Stopped,
  TooLate,
  within,
} from "../../../src/client/sync/waiting.ts";

const never = new Promise<never>(() => undefined);
const calm = new AbortController().signal;

test("a bell that was rung before anybody waited wakes who comes next", async () => {
  const bell = new Bell();
  bell.ring();
  await bell.wait(calm);
  bell.still();
  const waiting = bell.wait(calm);
  bell.ring();
  await waiting;
});

test("a queue gives what came in order, and nothing when the time is over", async () => {
  const queue = new Queue<number>();
  for (const one of [1, 2, 3]) queue.put(one);
  expect(await queue.take(calm, 2)).toEqual([1, 2]);
  expect(await queue.take(calm, 2)).toEqual([3]);
  expect(await queue.take(calm, 2, 1)).toEqual([]);
  const taken = queue.take(calm, 2);
  queue.put(4);
  expect(await taken).toEqual([4]);
});

test("whoever waits stops when the task is to end", async () => {
  const abort = new AbortController();
  const waits = [
    new Bell().wait(abort.signal),
    new Queue().take(abort.signal, 1),
    within(never, null, abort.signal),
  ];
  abort.abort();
  for (const one of waits) await expect(one).rejects.toThrow(Stopped);
  await expect(within(never, null, abort.signal)).rejects.toThrow(Stopped);
});

test("patience ends, and what failed meanwhile is told as it failed", async () => {
  await expect(within(never, 1, calm)).rejects.toThrow(TooLate);
  const failing = Promise.reject(new RangeError("as it was"));
  await expect(within(failing, 1000, calm)).rejects.toThrow(RangeError);
  expect(await within(Promise.resolve(5), 1000, calm)).toBe(5);
});
