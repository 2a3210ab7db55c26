import { expect, test } from "vitest";
import { concat, equal, fromHex, fromUtf8, hex, utf8 } from "../src/bytes.ts";

test("bytes are joined in order", () => {
  expect(concat(utf8("a"), new Uint8Array(), utf8("bc"))).toEqual(utf8("abc"));
});

test("equality looks at every byte and at the length", () => {
  expect(equal(utf8("same"), utf8("same"))).toBe(true);
  expect(equal(utf8("same"), utf8("samE"))).toBe(false);
  expect(equal(utf8("same"), utf8("sam"))).toBe(false);
});

test("hexadecimal comes back", () => {
  const bytes = new Uint8Array([0, 1, 127, 128, 255]);
  expect(fromHex(hex(bytes))).toEqual(bytes);
  for (const wrong of ["0", "0g", "  ", "0x00"])
    expect(() => fromHex(wrong)).toThrow(RangeError);
});

test("text that is not UTF-8 is refused, and a byte order mark is kept", () => {
  expect(() => fromUtf8(new Uint8Array([0xff]))).toThrow(TypeError);
  expect(fromUtf8(utf8("\ufeffa"))).toBe("\ufeffa");
});
