import { expect, it } from "vitest";

import { likeness } from "../../../src/client/core/likeness.ts";

it.each([
  "BOB WALL",
  "Bоb Wаll",
  "Bob  Wa\u00adll",
  "Bob Wa11 ✅",
  "🛡\ufe0f Bób Wall",
  "𝐁ob Wall",
])("a name that looks like another has its likeness: %s", (other) => {
  expect(likeness(other)).toBe(likeness("Bob Wall"));
});

it.each(["Rob Wall", "Bob", "Боб Стена", "鮑勃"])(
  "a name that looks different has another one: %s",
  (other) => {
    expect(likeness(other)).not.toBe(likeness("Bob Wall"));
  },
);

it("case counts in no script", () => {
  expect(likeness("МАРИНА")).toBe(likeness("Марина"));
});
