import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { fromHex, hex, utf8 } from "../src/bytes.ts";
import {
  readRelease,
  ReleaseRefused,
  requireFile,
  requireSuccessor,
} from "../src/release.ts";

interface Row {
  readonly name: string;
  readonly manifest: string;
  readonly signature: string;
  readonly error: "" | "Forged" | "Malformed";
  readonly code_hash: string;
}

const file = new URL("../../vectors/releases.json", import.meta.url);
const rows = JSON.parse(readFileSync(file, "utf8")) as readonly Row[];

function kindOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ReleaseRefused) return error.kind;
    throw error;
  }
  return "";
}

function first() {
  const row = rows[0]!;
  return readRelease(fromHex(row.manifest), fromHex(row.signature));
}

describe("vectors/releases.json", () => {
  it.each(rows)("$name", (row) => {
    const read = () => readRelease(fromHex(row.manifest), fromHex(row.signature));
    if (row.error) expect(kindOf(read)).toBe(row.error.toLowerCase());
    else expect(read().codeHash).toBe(row.code_hash);
  });
});

describe("a release that is offered", () => {
  it("may follow one of the same key and no greater number", () => {
    const release = first();
    expect(() => {
      requireSuccessor(release, release);
    }).not.toThrow();
  });

  it("is refused under another key, and when it is older", () => {
    const release = first();
    const other = { key: hex(new Uint8Array(32)), number: 0 };
    const newer = { key: release.key, number: release.number + 1 };
    expect(
      kindOf(() => {
        requireSuccessor(other, release);
      }),
    ).toBe("other key");
    expect(
      kindOf(() => {
        requireSuccessor(newer, release);
      }),
    ).toBe("older");
  });

  it("brings only the files it names, byte for byte", () => {
    const release = first();
    expect(
      kindOf(() => {
        requireFile(release, "index.html", utf8("a file"));
      }),
    ).toBe("");
    expect(
      kindOf(() => {
        requireFile(release, "index.html", utf8("A file"));
      }),
    ).toBe("other file");
    expect(
      kindOf(() => {
        requireFile(release, "else.html", utf8("a file"));
      }),
    ).toBe("other file");
  });
});
