import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

import { fill, type Sentence } from "../../src/i18n/catalogue.ts";
import { english } from "../../src/i18n/en.ts";
import { first } from "../../src/i18n/en/first.ts";
import {
  byteSize,
  dayTitle,
  nameList,
  playTime,
  span,
} from "../../src/i18n/figures.ts";
import { preferred, regional } from "../../src/i18n/index.ts";
import { noticeText } from "../../src/i18n/notices.ts";
import { disguise } from "../../src/i18n/pseudo.ts";
import { russian } from "../../src/i18n/ru.ts";
import { NOW } from "./sample.ts";

const WEB = join(import.meta.dirname, "../..");
const number = new Intl.NumberFormat("ru");
const rules = new Intl.PluralRules("ru");
const flat = (text: string) => text.replace(/[\u2068\u2069]/g, "");

describe("a catalogue", () => {
  it("has the same places in every language and form", () => {
    const places = (sentence: Sentence) =>
      [
        ...new Set(
          (typeof sentence === "string" ? [sentence] : Object.values(sentence)).flatMap(
            (text) => text.match(/\{\w+\}/g) ?? [],
          ),
        ),
      ].sort();
    const uneven = Object.entries(english).filter(
      ([key, sentence]) =>
        places(sentence).join() !== places(russian[key as keyof typeof russian]).join(),
    );
    expect(uneven.map(([key]) => key)).toEqual([]);
  });

  it("has all four forms of a Russian plural", () => {
    const short = Object.entries(russian).filter(
      ([, sentence]: [string, Sentence]) =>
        typeof sentence !== "string" &&
        !["one", "few", "many", "other"].every((form) => Object.hasOwn(sentence, form)),
    );
    expect(short).toEqual([]);
  });

  it("chooses a Russian plural by the rules", () => {
    const forms = russian["talk.members"];
    const said = [1, 3, 11, 22, 1.5].map((count) =>
      fill(forms, { count }, rules, number),
    );
    expect(said).toEqual([
      "1 участник",
      "3 участника",
      "11 участников",
      "22 участника",
      "1,5 участника",
    ]);
  });

  it("isolates words from outside, so that they cannot turn a sentence around", () => {
    const said = fill("{name} wrote", { name: "א" }, rules, number);
    expect(said).toBe("\u2068א\u2069 wrote");
  });

  it("fills a place with what looks like a place, and no further", () => {
    expect(
      flat(fill("{name}: {text}", { name: "{text}", text: "x" }, rules, number)),
    ).toBe("{text}: x");
  });
});

/** What the page begins with, and what a newcomer sees before the first conversation. */
const BEGINNING = [
  "src/main.tsx",
  ...["welcome", "add", "invite", "requests"].map((pane) => `src/ui/panes/${pane}.tsx`),
];

/** Every module of ours that these import, at once and not later. */
function closure(entries: readonly string[]): readonly string[] {
  const found = new Set(entries);
  for (const path of found) {
    const source = readFileSync(join(WEB, path), "utf8");
    for (const [, isType, from] of source.matchAll(
      /^(?:import|export) (type )?[^;]*?"(\.[^"]+\.tsx?)"/gmsu,
    ))
      if (isType === undefined && from !== undefined)
        found.add(join(dirname(path), from));
  }
  return [...found];
}

it("the page begins with every sentence that it may have to say at first", () => {
  const modules = closure(BEGINNING).filter((path) => !path.includes("/en/"));
  const said = modules.map((path) => readFileSync(join(WEB, path), "utf8")).join("\n");
  const shapes = [...said.matchAll(/t\(`([^`]+)`/g)].map(
    ([, shape = ""]) => new RegExp(`^${shape.replace(/\$\{[^}]*\}/g, "[^.]+")}$`, "u"),
  );
  const missing = Object.keys(english)
    .filter((key) => said.includes(`"${key}"`) || shapes.some((one) => one.test(key)))
    .filter((key) => !Object.hasOwn(first, key));
  expect(modules.length).toBeGreaterThan(40);
  expect(missing).toEqual([]);
});

describe("figures", () => {
  it("are written as people say them", () => {
    expect(span(604_800)).toBe("1 week");
    expect(span(5_400)).toBe("90 minutes");
    expect(span(7)).toBe("7 seconds");
    expect(playTime(65_400)).toBe("1:05");
    expect(byteSize(1_900_000)).toBe("1.9 MB");
    expect(byteSize(12)).toBe("12 bytes");
    expect(dayTitle(NOW, NOW)).toBe("Today");
    expect(dayTitle(NOW - 86_400_000, NOW)).toBe("Yesterday");
    expect(flat(nameList(["A", "B", "C", "D", "E"]))).toBe("A, B, C, and 2 more");
  });
});

describe("a notice", () => {
  it("says who did what to whom", () => {
    const added = { kind: "added" as const, names: ["Bo"], detail: "" };
    expect(flat(noticeText(added, "Ann", false))).toBe("Ann added Bo");
    expect(flat(noticeText(added, "Ann", true))).toBe("You added Bo");
    const off = { kind: "timer" as const, names: [], detail: "0" };
    expect(flat(noticeText(off, "Ann", false))).toBe(
      "Ann turned disappearing messages off",
    );
  });

  it("that another device told in its own words is shown in them", () => {
    const old = {
      kind: "unknown kind" as const,
      names: [],
      detail: "Bo joined.\u202e",
    };
    expect(noticeText(old, "Ann", false)).toBe("Bo joined.");
    expect(flat(noticeText({ ...old, detail: "" }, "Ann", false))).toContain(
      "Ann sent",
    );
  });

  it("shows a forged name as it is, without its controls", () => {
    const left = { kind: "left" as const, names: [], detail: "" };
    expect(flat(noticeText(left, "Ann\u202e", false))).toBe("Ann left");
  });
});

describe("the language", () => {
  it("is the first of the browser's that there is", () => {
    expect(preferred(["de-DE", "ru-RU", "en"])).toBe("ru");
    expect(preferred(["de"])).toBe("en");
  });

  it("keeps the reader's region, for its clock and calendar", () => {
    expect(regional("en", ["ru-RU", "en-GB", "en-US"])).toBe("en-GB");
    expect(regional("ru", ["en-GB"])).toBe("ru");
  });

  it("in disguise has no plain letter left, and keeps its places", () => {
    expect(disguise("Reply to {name}")).toMatch(/^⟦[^a-zA-Z]*\{name\}[^a-zA-Z]*⟧$/);
  });
});

/** Attributes that people see or hear. */
const SPOKEN = ["title", "placeholder", "alt", "aria-label", "aria-valuetext", "label"];
const ALLOWED = ["Linnet", "linnet:…", "XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX"];

describe("every screen", () => {
  it("takes its words from a catalogue", () => {
    const folder = join(import.meta.dirname, "../../src/ui");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const found = files
      .filter((file) => file.endsWith(".tsx"))
      .flatMap((file) =>
        plainWords(join(folder, file)).map((text) => `${file}: ${text}`),
      );
    expect(found).toEqual([]);
  });
});

/** Letters that stand in the markup itself. */
function plainWords(path: string): readonly string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, "utf8"),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  );
  const found: string[] = [];
  const note = (text: string) => {
    const words = text.trim();
    if (/\p{L}{2}/u.test(words) && !ALLOWED.includes(words)) found.push(words);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node.text);
    if (
      ts.isJsxAttribute(node) &&
      SPOKEN.includes(node.name.getText(source)) &&
      node.initializer &&
      ts.isStringLiteral(node.initializer)
    )
      note(node.initializer.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
