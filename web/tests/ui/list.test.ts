import { describe, expect, it } from "vitest";

import { Heights } from "../../src/ui/list/heights.ts";
import { step } from "../../src/ui/list/rove.ts";
import { rowsOf } from "../../src/ui/talk/rows.ts";
import {
  firstUnread,
  merge,
  put,
  quoteAnew,
  without,
} from "../../src/ui/talk/timeline.ts";
import { conversationId, message, NOW } from "./sample.ts";

const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => ({ key: `row ${at + from}` }));

function heightsOf(count: number): Heights<{ key: string }> {
  const heights = new Heights<{ key: string }>(() => 50);
  heights.setRows(rows(count));
  return heights;
}

describe("the arithmetic of a virtual list", () => {
  it("sums guesses until rows are measured", () => {
    const heights = heightsOf(10);
    expect(heights.total).toBe(500);
    expect(heights.measure("row 2", 90)).toBe(true);
    expect(heights.measure("row 2", 90)).toBe(false);
    expect([heights.offset(2), heights.offset(3), heights.total]).toEqual([
      100, 190, 540,
    ]);
  });

  it("draws what is in sight and a little more, however long the list", () => {
    const heights = heightsOf(10_000);
    expect(heights.window(250_000, 800, 600)).toEqual({ first: 4_988, end: 5_029 });
    expect(heights.window(0, 800, 600)).toEqual({ first: 0, end: 29 });
    expect(heightsOf(0).window(0, 800, 600)).toEqual({ first: 0, end: 0 });
  });

  it("finds the reader's row again after rows above have grown or come", () => {
    const heights = heightsOf(100);
    const anchor = heights.anchor(1_010, 500, "end");
    expect(anchor).toEqual({ at: "row", key: "row 20", below: 10 });
    heights.measure("row 3", 150);
    expect(heights.find(anchor, 500)).toBe(1_110);
    heights.setRows([...rows(60, 1_000), ...rows(100)]);
    expect(heights.find(anchor, 500)).toBe(1_110 + 60 * 50);
  });

  it("stays at the end while the reader is there", () => {
    const heights = heightsOf(100);
    const anchor = heights.anchor(4_490, 500, "end");
    expect(anchor).toEqual({ at: "end" });
    heights.setRows(rows(101));
    expect(heights.find(anchor, 500)).toBe(5_050 - 500);
  });

  it("says when the reader's row is gone", () => {
    const heights = heightsOf(10);
    expect(heights.find({ at: "row", key: "gone", below: 0 }, 100)).toBeNull();
  });

  it("moves the keyboard from stop to stop and no further than the ends", () => {
    const list = rows(12);
    const even = ({ key }: { key: string }) => Number(key.slice(4)) % 2 === 0;
    expect(step(list, "row 2", "ArrowDown", even)).toBe("row 4");
    expect(step(list, "row 0", "ArrowUp", even)).toBe("row 0");
    expect(step(list, "row 4", "End", even)).toBe("row 10");
    expect(step(list, "row 4", "x", even)).toBeNull();
  });
});

const id = conversationId("test");
const DAY = 86_400_000;
const dayOf = (time: number) => Math.floor(time / DAY);
const none = { from: null, count: 0 };

describe("the rows of a timeline", () => {
  it("begin each day with its name", () => {
    const messages = [
      message(id, "A", "1", { time: NOW - 2 * DAY }),
      message(id, "A", "2", { time: NOW - DAY }),
      message(id, "A", "3", { time: NOW }),
    ];
    expect(rowsOf(messages, none, dayOf).map(({ kind }) => kind)).toEqual([
      "day",
      "message",
      "day",
      "message",
      "day",
      "message",
    ]);
  });

  it("join what one person says in one go, and part what others say", () => {
    const at = (name: string, minutes: number) =>
      message(id, name, "x", { time: NOW + minutes * 60_000 });
    const messages = [at("A", 0), at("A", 1), at("B", 2), at("B", 30)];
    const shape = rowsOf(messages, none, dayOf).flatMap((row) =>
      row.kind === "message" ? [[row.isFirst, row.isLast]] : [],
    );
    expect(shape).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it("draw a line above what is unread, and end the bubbles there", () => {
    const messages = [message(id, "A", "old"), message(id, "A", "new")];
    const from = messages[1]?.id ?? null;
    const made = rowsOf(messages, { from, count: 1 }, dayOf);
    expect(made.map(({ kind }) => kind)).toEqual([
      "day",
      "message",
      "unread",
      "message",
    ]);
    expect(made[1]).toMatchObject({ isLast: true });
    expect(made[3]).toMatchObject({ isFirst: true });
  });

  it("do not name a day again when a clock was wrong", () => {
    const messages = [
      message(id, "A", "1", { time: NOW }),
      message(id, "B", "2", { time: NOW - 3 * DAY }),
    ];
    const days = rowsOf(messages, none, dayOf).filter(({ kind }) => kind === "day");
    expect(days).toHaveLength(1);
  });

  it("are made of ten thousand messages within a frame or two", () => {
    const many = Array.from({ length: 10_000 }, (_, at) =>
      message(id, at % 7 < 4 ? "A" : "B", "x", { time: NOW + at * 60_000 }),
    );
    const begun = performance.now();
    rowsOf(many, none, dayOf);
    expect(performance.now() - begun).toBeLessThan(100);
  });
});

describe("a timeline in order of place", () => {
  const messages = [1, 2, 3].map((place) => message(id, "A", `${place}`, { place }));
  const places = (list: readonly { place: number }[]) => list.map(({ place }) => place);

  it("puts what is new where it belongs", () => {
    expect(places(put(messages, message(id, "A", "", { place: 9 })))).toEqual([
      1, 2, 3, 9,
    ]);
    expect(places(put(messages, message(id, "A", "", { place: 2.5 })))).toEqual([
      1, 2, 2.5, 3,
    ]);
  });

  it("knows each message once, by the later word about it", () => {
    const [first] = messages;
    if (!first) throw new Error("There is no message.");
    const edited = put(messages, { ...first, text: "edited" });
    expect(edited[0]?.text).toBe("edited");
    expect(places(put(messages, { ...first, place: 7 }))).toEqual([2, 3, 7]);
    expect(merge(messages, messages)).toHaveLength(3);
    expect(places(without(messages, first.id))).toEqual([2, 3]);
  });

  it("quotes a message as it stands now, and not when it is gone", () => {
    const [first, second] = messages;
    if (!first || !second) throw new Error("There are no messages.");
    const { name, isMine } = first;
    const quote = { id: first.id, name, text: first.text, isMine, deleted: false };
    const known = [first, { ...second, replyTo: quote }];
    const edited = { ...first, text: "something else" };
    expect(quoteAnew(put(known, edited), edited)[1]?.replyTo?.text).toBe(edited.text);
    const deleted = { ...first, text: "", deleted: true };
    expect(quoteAnew(put(known, deleted), deleted)[1]?.replyTo).toMatchObject({
      text: "",
      deleted: true,
    });
    expect(without(known, first.id)[0]?.replyTo).toMatchObject({ name: "", text: "" });
  });

  it("counts what is unread from the end, and only what others wrote", () => {
    const mixed = [
      message(id, "A", "1", { place: 1 }),
      message(id, "A", "2", { place: 2 }),
      message(id, "Me", "3", { place: 3, isMine: true }),
      message(id, "A", "4", { place: 4 }),
    ];
    expect(firstUnread(mixed, 2)).toBe(mixed[1]?.id);
    expect(firstUnread(mixed, 0)).toBeNull();
    expect(firstUnread(mixed, 99)).toBeNull();
    expect(firstUnread([], 3)).toBeNull();
  });
});
