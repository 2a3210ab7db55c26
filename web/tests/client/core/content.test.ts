import { expect, test } from "vitest";

import { fromHex, hex } from "../../../src/bytes.ts";
import { decode, encode, Tag } from "../../../src/client/core/cbor.ts";
import {
  decodeContent,
  encodeContent,
  messageId,
  mimiId,
} from "../../../src/client/core/content.ts";
import {
  hintsOf,
  type Meaning,
  meaningOf,
  safeFilename,
} from "../../../src/client/core/meaning.ts";
import { errorOf, vectors } from "./rows.ts";

interface Row {
  readonly name: string;
  readonly content: string;
  readonly mimi_id: string;
  readonly message_id: string;
  readonly meaning: unknown;
}

interface HintRow {
  readonly name: string;
  readonly content: string;
  readonly media: Record<string, unknown> | null;
  readonly mentions: [number, number, string][];
}

const file = vectors("content") as {
  sender: string;
  conversation: string;
  contents: Row[];
  malformed: { name: string; content: string }[];
  cbor: { name: string; cbor: string }[];
  hints: HintRow[];
};

function described(meaning: Meaning): unknown {
  switch (meaning.kind) {
    case "said": {
      const { file: ref, text } = meaning;
      const named = ref && {
        blob: hex(ref.blob),
        key: hex(ref.key.key),
        prefix: hex(ref.key.prefix),
        size: ref.size,
        name: ref.name,
        media_type: ref.mediaType,
      };
      return { kind: "said", text, file: named };
    }
    case "receipts":
      return {
        kind: "receipts",
        statuses: meaning.statuses.map(([mimi, status]) => [hex(mimi), status]),
      };
    case "card":
      return { kind: "card", card: hex(meaning.card) };
    case "missed":
      return { kind: "missed", envelopes: meaning.envelopes.map(hex) };
    case "again":
      return { kind: "again", content: hex(meaning.content) };
    case "roads":
    case "withdrawn":
    case "reacted":
    case "timer":
    case "unknown":
      return meaning;
  }
}

test.each(file.contents)("reads and writes a content: $name", (row) => {
  const data = fromHex(row.content);
  const content = decodeContent(data);
  expect(hex(encodeContent(content))).toBe(row.content);
  const mimi = mimiId(
    fromHex(file.sender),
    fromHex(file.conversation),
    data,
    content.salt,
  );
  expect(hex(mimi)).toBe(row.mimi_id);
  expect(hex(messageId(mimi))).toBe(row.message_id);
  expect(described(meaningOf(content))).toEqual(row.meaning);
});

test.each(file.hints)("believes of hints what is sound: $name", (row) => {
  const content = decodeContent(fromHex(row.content));
  const said = meaningOf(content);
  if (said.kind !== "said") throw new Error("every row says something");
  const { media, mentions } = said;
  const shown = media && {
    w: media.width ?? null,
    h: media.height ?? null,
    preview: media.preview ? hex(media.preview) : null,
    duration: media.duration ?? null,
    wave: media.wave ? hex(media.wave) : null,
  };
  expect(shown).toEqual(row.media);
  expect(mentions.map((one) => [one.start, one.length, hex(one.account)])).toEqual(
    row.mentions,
  );
  // What was believed is written so that it is believed again.
  const again = meaningOf({ ...content, extensions: hintsOf(said) });
  expect(again).toEqual(said);
});

test.each(file.malformed)("refuses a content: $name", async ({ content }) => {
  expect(await errorOf(() => meaningOf(decodeContent(fromHex(content))))).toBe(
    "Malformed",
  );
});

test.each(file.cbor)("refuses CBOR: $name", async ({ cbor }) => {
  expect(await errorOf(() => decode(fromHex(cbor)))).toBe("Malformed");
});

test("numbers beyond 2^53 are kept exactly, in both signs", () => {
  for (const number of [2n ** 64n - 1n, -(2n ** 64n), 2n ** 53n, -(2n ** 53n)])
    expect(decode(encode(number))).toBe(number);
  for (const number of [0, 23, 24, 255, 256, 65_536, 2 ** 32, 2 ** 53 - 1, -1, -25])
    expect(decode(encode(number))).toBe(number);
});

test("any beginning of a value, and any one byte changed, gives a value or Malformed", () => {
  const whole = encode([
    1,
    new Map<string | number, string>([
      ["a", "b"],
      [2, "c"],
    ]),
    new Tag(62, -7),
    [null, true, new Uint8Array(300)],
  ]);
  for (let at = 0; at < whole.length; at++) {
    expect(() => decode(whole.slice(0, at))).toThrow("CBOR");
    const changed = whole.slice();
    changed[at] = (changed[at] as number) ^ 0x85;
    try {
      decode(changed);
    } catch (error) {
      expect((error as Error).name).toBe("Malformed");
    }
  }
});

test.each([
  ["../../etc/passwd", "passwd"],
  ["C:\\Windows\\owl.png", "owl.png"],
  ["..", "file"],
  ["a\u202egnp.exe", "agnp.exe"],
  ["x".repeat(300), "x".repeat(200)],
  ["", "file"],
])("a file called %j is shown as %j", (name, shown) => {
  expect(safeFilename(name)).toBe(shown);
});
