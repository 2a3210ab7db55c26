import { describe, expect, it } from "vitest";

import { dimensions, mayDecode } from "../../src/ui/media/dimensions.ts";
import { mayShow, pictureIn } from "../../src/ui/media/frames.ts";
import { bars, waveOf } from "../../src/ui/media/wave.ts";
import { shapeOf } from "../../src/ui/talk/words.ts";
import { bombPicture } from "./oddities.ts";
import { attachment } from "./sample.ts";

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? Array.from(part, (c) => c.charCodeAt(0)) : part,
    ),
  );

describe("a picture's size is read before anything decodes it", () => {
  it("from a PNG", () => {
    const head = bytes(
      "\x89PNG\r\n\x1a\n",
      [0, 0, 0, 13],
      "IHDR",
      [0, 0, 2, 0, 0, 0, 1, 0],
    );
    expect(dimensions(head)).toEqual({ type: "image/png", width: 512, height: 256 });
  });

  it("from a GIF", () => {
    expect(dimensions(bytes("GIF89a", [10, 0, 5, 1]))).toEqual({
      type: "image/gif",
      width: 10,
      height: 261,
    });
  });

  it("from a JPEG, behind what a camera notes", () => {
    const notes = [0xff, 0xe1, 0, 6, 1, 2, 3, 4];
    const frame = [0xff, 0xc2, 0, 11, 8, 0x04, 0x00, 0x03, 0x00];
    expect(dimensions(bytes([0xff, 0xd8], notes, frame))).toEqual({
      type: "image/jpeg",
      width: 768,
      height: 1_024,
    });
  });

  it("from the three kinds of WebP", () => {
    const riff = (kind: string, body: number[]) =>
      dimensions(bytes("RIFF", [0, 0, 0, 0], "WEBP", kind, [0, 0, 0, 0], body));
    const size = { type: "image/webp", width: 320, height: 200 };
    expect(riff("VP8X", [0, 0, 0, 0, 0x3f, 1, 0, 0xc7, 0, 0])).toEqual(size);
    expect(riff("VP8 ", [0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xc8, 0])).toEqual(size);
    const packed = 319 | (199 << 14);
    const four = [0, 8, 16, 24].map((shift) => (packed >>> shift) & 255);
    expect(riff("VP8L", [0x2f, ...four])).toEqual(size);
  });

  it("and is refused when it claims more pixels than memory should hold", () => {
    expect(mayDecode(dimensions(bombPicture()))).toBe(false);
    expect(mayDecode({ type: "image/png", width: 19_000, height: 19_000 })).toBe(false);
    expect(mayDecode({ type: "image/png", width: 0, height: 10 })).toBe(false);
    expect(mayDecode({ type: "image/png", width: 8_000, height: 6_000 })).toBe(true);
  });

  it("and what is cut short or no picture gives nothing, whatever the bytes", () => {
    expect(dimensions(new Uint8Array())).toBeNull();
    expect(dimensions(bytes("<svg xmlns='x'>"))).toBeNull();
    const whole = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, 1]);
    for (let length = 0; length <= whole.length; length += 1)
      expect(dimensions(whole.slice(0, length))).toBeNull();
    let state = 1;
    for (let round = 0; round < 2_000; round += 1) {
      const noise = Uint8Array.from({ length: 64 }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return state >>> 16;
      });
      noise.set([0xff, 0xd8, 0xff]);
      expect(() => dimensions(noise)).not.toThrow();
    }
  });
});

describe("all of a picture is looked at before anything decodes it", () => {
  const u16 = (value: number) => [value & 255, value >>> 8];
  const gifFrame = (width: number, height: number) => [
    0x2c,
    0,
    0,
    0,
    0,
    ...u16(width),
    ...u16(height),
    0,
    2,
    2,
    0x44,
    1,
    0,
  ];
  const gif = (side: number, ...frames: number[][]) =>
    pictureIn(
      bytes(
        "GIF89a",
        [...u16(side), ...u16(side), 0x80, 0, 0, 0, 0, 0, 9, 9, 9],
        [0x21, 0xf9, 4, 0, 1, 0, 0, 0],
        ...frames,
        [0x3b],
      ),
    );

  it("so that a GIF cannot hide a frame that is larger than it says", () => {
    expect(gif(9, gifFrame(9, 9))).toMatchObject({ width: 9, height: 9, frames: 1 });
    const lying = gif(9, gifFrame(60_000, 60_000));
    expect(lying).toMatchObject({ width: 60_000, height: 60_000 });
    expect(mayShow(lying)).toBe(false);
  });

  it("so that a moving picture cannot have frames without end", () => {
    const frames = (count: number) =>
      Array.from({ length: count }, () => gifFrame(2, 2));
    expect(mayShow(gif(800, ...frames(100)))).toBe(true);
    expect(mayShow(gif(5_000, ...frames(100)))).toBe(false);
    const pngFrames = bytes(
      "\x89PNG\r\n\x1a\n",
      [0, 0, 0, 13],
      "IHDR",
      [0, 0, 0x20, 0, 0, 0, 0x10, 0, 8, 6, 0, 0, 0, 0, 0, 0, 0],
      ...Array.from({ length: 50 }, () => [[0, 0, 0, 0], "fcTL", [0, 0, 0, 0]]).flat(),
    );
    expect(pictureIn(pngFrames)).toMatchObject({ width: 8_192, frames: 50 });
    expect(mayShow(pictureIn(pngFrames))).toBe(false);
    const webp = bytes(
      ...["RIFF", [0, 0, 0, 0], "WEBP", "VP8X", [10, 0, 0, 0]],
      [2, 0, 0, 0, 0xff, 0x0f, 0, 0xff, 0x0f, 0],
      ...Array.from({ length: 40 }, () => ["ANMF", [1, 0, 0, 0, 7, 0]]).flat(),
    );
    expect(pictureIn(webp)).toMatchObject({ width: 4_096, frames: 40 });
    expect(mayShow(pictureIn(webp))).toBe(false);
  });

  it("in a time that follows its size, whatever the bytes", () => {
    let state = 1;
    const began = performance.now();
    for (const head of [
      "GIF89a",
      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
      "RIFF1234WEBPVP8X",
    ]) {
      const noise = Uint8Array.from({ length: 300_000 }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return state >>> 16;
      });
      noise.set(bytes(head));
      for (let cut = 0; cut < 64; cut += 1)
        expect(() => pictureIn(noise.subarray(0, noise.length - cut))).not.toThrow();
      for (let length = 0; length < 64; length += 1)
        expect(() => pictureIn(noise.subarray(0, length))).not.toThrow();
      expect(() => pictureIn(bytes(head, Array(300_000).fill(0)))).not.toThrow();
    }
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe("what is shown for a file", () => {
  it("goes by a short list of types: the rest is only saved", () => {
    const shape = (type: string) => shapeOf(attachment("x", type, 1));
    expect(shape("image/png")).toBe("picture");
    expect(shape("image/svg+xml")).toBe("file");
    expect(shape("text/html")).toBe("file");
    expect(shape("video/mp4; codecs=avc1")).toBe("video");
    expect(shape("audio/ogg")).toBe("audio");
    expect(shape("audio/page+xml")).toBe("file");
    expect(shape("audio/x; text/html")).toBe("file");
  });
});

describe("a voice note's wave", () => {
  it("has at most 128 values with the loudest at the top", () => {
    const wave = waveOf(Array.from({ length: 1_000 }, (_, at) => at / 1_000));
    expect(wave).toHaveLength(128);
    expect(wave.at(-1)).toBe(255);
    expect(waveOf([])).toHaveLength(0);
  });

  it("is drawn with a fixed number of bars", () => {
    expect(bars(undefined, 40)).toHaveLength(40);
    expect(bars(Uint8Array.of(0, 255), 4)).toEqual([0.08, 0.08, 1, 1]);
  });
});
