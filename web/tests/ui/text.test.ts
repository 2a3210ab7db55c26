import { describe, expect, it } from "vitest";

import type { AccountId } from "../../src/client/values.ts";
import {
  fileName,
  shownFileName,
  initials,
  oneLine,
  plainName,
  plainText,
} from "../../src/ui/text/bidi.ts";
import { findLinks, looksForged } from "../../src/ui/text/links.ts";
import {
  mentionMatches,
  mentionQuery,
  placeMentions,
} from "../../src/ui/text/mentions.ts";
import { asAddress, linkIn, linkKind } from "../../src/ui/text/paste.ts";
import { clamp, cut, isOnlyEmoji } from "../../src/ui/text/pieces.ts";
import { account, member } from "./sample.ts";

describe("a name from outside", () => {
  it("loses every control that turns text around", () => {
    expect(plainName("photo\u202egpj.exe")).toBe("photo gpj.exe");
    expect(plainName("\u2066A\u2069\u200f\ufeffB")).toBe("A B");
  });

  it("stays on one line, is never empty and never endless", () => {
    expect(plainName("a\nb\u2028c")).toBe("a b c");
    expect(plainName("\u202e \u200b")).toBe("–");
    expect(Array.from(plainName("x".repeat(5_000)))).toHaveLength(80);
  });

  it("holds no seal by which a face says that somebody was verified", () => {
    expect(plainName("Ada ✅\ufe0f")).toBe("Ada");
    expect(plainName("🛡️ Ada ✔︎ 🔒")).toBe("Ada");
    expect(plainName("✓")).toBe("–");
  });

  it("keeps other scripts and emoji whole", () => {
    expect(plainName("יוסף 👩‍🚀")).toContain("יוסף");
    expect(initials("Марина Орлова")).toBe("МО");
    expect(initials("🐦")).toBe("•");
  });

  it("becomes a file name without a path", () => {
    expect(fileName("../../etc/passwd")).not.toContain("/");
    expect(fileName("..")).toBe("file");
    expect(shownFileName("holiday.jpg ".repeat(9) + ".exe")).toMatch(/…g?.*\.exe$/);
    expect(Array.from(shownFileName("W".repeat(200)))).toHaveLength(44);
    expect(fileName(`holiday${".jpg".repeat(40)}.exe`)).toMatch(/^holiday.*….*\.exe$/);
  });
});

describe("a text from outside", () => {
  it("keeps its lines and loses its controls", () => {
    expect(plainText("a\r\n\u202eb\u0007")).toBe("a\nb");
  });

  it("cannot climb with piled marks, nor push all else away with empty lines", () => {
    expect(plainText("a" + "\u0301".repeat(300))).toHaveLength(5);
    expect(plainText("a" + "\u0301\u200d".repeat(300))).toHaveLength(9);
    expect(plainText("👩\u200d❤\ufe0f\u200d👩 क्\u200dष")).toBe(
      "👩\u200d❤\ufe0f\u200d👩 क्\u200dष",
    );
    expect(plainText("a" + "\n".repeat(200) + "b")).toBe("a\n\n\nb");
  });

  it("is shortened to one line for a list", () => {
    expect(oneLine("a\n\nb  c")).toBe("a b c");
    expect(oneLine("x".repeat(100_000), 10)).toBe("x".repeat(10) + "…");
  });

  it("is folded when it is long, and never inside of a character", () => {
    expect(clamp("short")).toEqual({ head: "short", isWhole: true });
    expect(clamp("W".repeat(100_000)).head.length).toBeLessThan(2_000);
    expect(clamp("line\n".repeat(400)).head.split("\n").length).toBeLessThan(30);
    const { head } = clamp("x" + "😀".repeat(2_000));
    expect(head).not.toMatch(/[\ud800-\udbff]$/);
  });

  it("counts as emoji only when it is nothing else", () => {
    expect(isOnlyEmoji("👍")).toBe(true);
    expect(isOnlyEmoji("👩‍👩‍👧 ❤️")).toBe(false);
    expect(isOnlyEmoji("❤️🎉")).toBe(true);
    expect(isOnlyEmoji("ok 👍")).toBe(false);
    expect(isOnlyEmoji("7")).toBe(false);
  });
});

describe("links", () => {
  const shown = (text: string) =>
    findLinks(text).map(({ start, end }) => text.slice(start, end));

  it("are found without the punctuation around them", () => {
    expect(
      shown("See https://example.org/a, (http://b.example/x_(y)) and www.c.example."),
    ).toEqual(["https://example.org/a", "http://b.example/x_(y)", "www.c.example"]);
  });

  it("are never scripts, data or addresses with a password", () => {
    expect(
      shown("javascript:alert(1) data:text/html,x https://bank.example@evil.example/"),
    ).toEqual([]);
  });

  it("say when their letters only look Latin", () => {
    const [link] = findLinks("https://аррӏе.com/");
    expect(link && looksForged("https://аррӏе.com/", link.href)).toBe(true);
    const told = (shown: string) => looksForged(shown, findLinks(shown)[0]?.href ?? "");
    expect(told("https://example.org")).toBe(false);
    expect(told("HTTPS://Example.ORG/a")).toBe(false);
    expect(told("www.example.org/a")).toBe(false);
    expect(told("https://ⓑⓐⓝⓚ.example/")).toBe(true);
    expect(told("https://2130706433/bank.example")).toBe(true);
  });

  it("are found in bounded time in a text made to be slow", () => {
    const begun = performance.now();
    findLinks("https://" + "(".repeat(50_000) + "www.".repeat(20_000));
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it("of Linnet are told apart by their second byte, also within an address", () => {
    const invite = "linnet:AQJkV1pX3nq8RtYw";
    expect(linkIn(`https://relay.example/#${invite}`)).toBe(invite);
    expect(linkIn("hello")).toBeNull();
    expect(linkKind("linnet:AQFkV1pX")).toBe("pass");
    expect(linkKind(invite)).toBe("invite");
    expect(linkKind("linnet:AQMkV1pX")).toBe("device");
    expect(linkKind("linnet:zzz")).toBe("unknown");
    expect(asAddress(invite, new URL("https://relay.example/x/?a#b"))).toBe(
      `https://relay.example/x/#${invite}`,
    );
  });
});

describe("mentions", () => {
  const members = [
    member("Ann Lee"),
    member("Bo"),
    member("Anna"),
    member("Me", { isMe: true }),
  ];

  it("are looked for after an @ that begins a word", () => {
    expect(mentionQuery("hi @an", 6)).toEqual({ at: 3, words: "an" });
    expect(mentionQuery("mail a@b", 8)).toBeNull();
    expect(mentionQuery("hi @an more", 11)).toBeNull();
  });

  it("match any word of a name, and never this account", () => {
    expect(mentionMatches(members, "lee").map(({ name }) => name)).toEqual(["Ann Lee"]);
    expect(mentionMatches(members, "an").map(({ name }) => name)).toEqual([
      "Ann Lee",
      "Anna",
    ]);
    expect(mentionMatches(members, "me")).toEqual([]);
  });

  it("are placed by code points, the longest name first, and only where they stand", () => {
    const picked = new Map<string, AccountId>([
      ["Ann", account("Ann")],
      ["Anna", account("Anna")],
      ["Bo", account("Bo")],
    ]);
    expect(placeMentions("😀 @Anna and @Ann", picked)).toEqual([
      { start: 2, length: 5, account: account("Anna") },
      { start: 12, length: 4, account: account("Ann") },
    ]);
  });

  it("that overlap or lie outside of the text are plain words", () => {
    const one = { start: 0, length: 3, account: account("A") };
    const other = { start: 1, length: 3, account: account("B") };
    const outside = { start: 3, length: 900, account: account("C") };
    const pieces = cut("@Ab cd", [one, other, outside]);
    expect(pieces.map(({ kind, text }) => [kind, text])).toEqual([
      ["mention", "@Ab"],
      ["words", " cd"],
    ]);
  });
});
