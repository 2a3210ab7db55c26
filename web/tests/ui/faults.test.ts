import { expect, it } from "vitest";

import { DoorError } from "../../src/client/door.ts";
import { faultOf } from "../../src/client/faults.ts";
import { faultAnswer } from "../../src/client/tabs/calls.ts";
import { Forged, LocalError, UsageError } from "../../src/errors.ts";
import { learn, told } from "../../src/i18n/index.ts";
import { pseudoFaults } from "../../src/i18n/pseudo.ts";
import { faults as russian } from "../../src/i18n/ru/faults.ts";
import { SENTENCES } from "../../src/sentences/english.ts";
import { type Code, plain, say } from "../../src/sentences/index.ts";
import { refused, refusedOpening } from "../../src/wire/refusals.ts";
import { OpeningRefusal, Refusal } from "../../src/wire/tables.ts";

const CODES = Object.keys(SENTENCES) as readonly Code[];
const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

it("words every code from below in every language, with the same places", () => {
  for (const [language, catalogue] of Object.entries({
    russian,
    pseudo: pseudoFaults(),
  })) {
    expect(Object.keys(catalogue).sort(), language).toEqual([...CODES].sort());
    const uneven = CODES.filter(
      (code) => places(catalogue[code]).join() !== places(SENTENCES[code]).join(),
    );
    expect(uneven, language).toEqual([]);
  }
});

it("leaves no English in a sentence of another language", () => {
  const names = /\{\w+\}|Linnet|linnet:|WebSocket|TLS|HTTPS?/g;
  const english = CODES.filter((code) =>
    /[A-Za-z]{2}/.test(russian[code].replace(names, "")),
  );
  expect(english).toEqual([]);
  const undisguised = CODES.filter((code) =>
    /[A-Za-z]{2}/.test(pseudoFaults()[code].replace(/\{\w+\}/g, "")),
  );
  expect(undisguised).toEqual([]);
});

it("has a code for everything that a relay refuses", () => {
  const codes = [
    ...Object.values(Refusal).map((code) => refused(code).said?.code),
    ...Object.values(OpeningRefusal).map((code) => refusedOpening(code).said?.code),
  ];
  expect(codes).not.toContain("refusal unknown");
  expect(codes).not.toContain("opening unknown");
  expect(plain(refused(77).said ?? say("odd"))).toContain("unknown code 77");
});

it("carries the code and what fills the sentence to every tab", () => {
  const error = faultOf(new UsageError("is blocked", { name: "Bea" }));
  expect(error.message).toBe("Bea is blocked; unblock them first.");
  expect(faultAnswer(1, error)).toMatchObject({
    fault: "usage",
    said: { code: "is blocked", values: { name: "Bea" } },
  });
});

it("tells a person nothing of an error that is not meant for them", () => {
  const told = [new LocalError("inner"), new Forged("inner"), new Error("inner")].map(
    (one) => faultOf(one),
  );
  expect(told.map(({ code }) => code)).toEqual(["bug", "odd", "bug"]);
  expect(told.every((one) => one instanceof DoorError)).toBe(true);
  expect(told.map(({ message }) => message).join()).not.toContain("inner");
});

it("words what came from a worker, which says codes alone, once the words are here", async () => {
  const bare = { code: "is blocked", values: { name: "Bea" }, text: "" } as const;
  expect(told(bare)).toBe("");
  await learn();
  expect(told(bare)).toContain(" is blocked; unblock them first.");
});

it("tells of a code that only a newer Linnet knows that nothing more is known", async () => {
  await learn();
  const newer = (code: string) =>
    told({ code: code as Code, values: { code: 99 }, text: "" });
  expect(newer("sideways")).toBe("It could not be done; no more is known of why.");
  expect(newer("refusal 99")).toContain("unknown code 99");
  expect(newer("opening 99")).toContain("no reason is known");
});
