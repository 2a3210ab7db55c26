/** Pictures of any size, in few bytes. */

import { crc32, deflateSync } from "node:zlib";

import type { Bytes } from "../../src/bytes.ts";

/** A whole PNG of one grey: a few kilobytes for any size. */
export function png(width: number, height: number): Bytes {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([1, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))));
  const chunks = [chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", null)];
  return new Uint8Array(
    Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]),
  );
}

function chunk(name: string, data: Buffer | null): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data ?? Buffer.alloc(0)]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** What a JPEG says of its size, and nothing of what it shows. */
export function jpeg(width: number, height: number): Bytes {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const part = [1, 0x11, 0];
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, ...size, 1, ...part]);
}

/** A moving GIF: one colour, its frames as large as is said. */
export function gif(
  side: number,
  frames: readonly (readonly [number, number])[],
): Bytes {
  const u16 = (value: number): number[] => [value & 255, value >> 8];
  const drawn = frames.flatMap(([width, height]) => [
    ...[0x21, 0xf9, 4, 0, 2, 0, 0, 0, 0x2c, 0, 0, 0, 0],
    ...[...u16(width), ...u16(height), 0, 2, 2, 0x44, 1, 0],
  ]);
  const head = [...Buffer.from("GIF89a"), ...u16(side), ...u16(side), 0x80, 0, 0];
  return Uint8Array.from([...head, 9, 9, 9, 9, 9, 9, ...drawn, 0x3b]);
}
