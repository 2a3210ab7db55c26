/**
 * How much a picture unfolds into: a small file may hold thousands of frames, or one that
 * is larger than the picture says it is. The whole file is walked, and nothing decoded.
 */

import { dimensions, mayDecode, type Dimensions } from "./dimensions.ts";

/** A picture whose every frame was looked at. */
export interface Picture extends Dimensions {
  readonly frames: number;
}

/** Bytes; a larger file is no picture to look at. */
const LARGEST = 64_000_000;
/** Of all frames of a moving picture: a minute of a small one. */
const MOST_MOVING_PIXELS = 400_000_000;

/** The picture in a file; null for what is none of the four kinds. */
export async function readPicture(file: Blob): Promise<Picture | null> {
  if (file.size > LARGEST) return null;
  return pictureIn(new Uint8Array(await file.arrayBuffer()));
}

/** The picture in these bytes; null for what is none of the four kinds. */
export function pictureIn(file: Uint8Array): Picture | null {
  const found = dimensions(file);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  switch (found?.type) {
    case undefined:
      return null;
    case "image/gif":
      return gif(view, found);
    case "image/png":
      return { ...found, frames: Math.max(1, count(view, 8, pngChunk, "fcTL")) };
    case "image/webp":
      return { ...found, frames: Math.max(1, count(view, 12, webpChunk, "ANMF")) };
    case "image/jpeg":
      return { ...found, frames: 1 };
  }
}

/** Whether it may be shown: no absurd size, nor absurdly many frames. */
export function mayShow(found: Picture | null): found is Picture {
  if (!mayDecode(found)) return false;
  const { width, height, frames } = found;
  return frames === 1 || width * height * frames <= MOST_MOVING_PIXELS;
}

interface Chunk {
  readonly name: number;
  readonly end: number;
}

function count(
  view: DataView,
  from: number,
  chunk: (view: DataView, at: number) => Chunk,
  name: string,
): number {
  let found = 0;
  for (let at = from; at + 8 <= view.byteLength;) {
    const { name: number, end } = chunk(view, at);
    if (number === nameOf(name)) found += 1;
    at = end;
  }
  return found;
}

function nameOf(letters: string): number {
  return Array.from(letters).reduce((sum, one) => sum * 256 + one.charCodeAt(0), 0);
}

function pngChunk(view: DataView, at: number): Chunk {
  return { name: view.getUint32(at + 4), end: at + 12 + view.getUint32(at) };
}

function webpChunk(view: DataView, at: number): Chunk {
  const length = view.getUint32(at + 4, true);
  return { name: view.getUint32(at), end: at + 8 + length + (length % 2) };
}

/** Browsers make the picture as large as a first frame that does not fit into it. */
function gif(view: DataView, found: Dimensions): Picture {
  let { width, height } = found;
  let frames = 0;
  let at = 13 + colours(view, 10);
  const byte = (place: number) => (place < view.byteLength ? view.getUint8(place) : 0);
  const skipBlocks = () => {
    while (byte(at) !== 0) at += 1 + byte(at);
    at += 1;
  };
  while (at < view.byteLength) {
    const kind = view.getUint8(at);
    if (kind === 0x21) at += 2;
    else if (kind === 0x2c && at + 10 <= view.byteLength) {
      frames += 1;
      const side = (place: number) => view.getUint16(at + place, true);
      width = Math.max(width, side(1) + side(5));
      height = Math.max(height, side(3) + side(7));
      at += 11 + colours(view, at + 9);
    } else break;
    skipBlocks();
  }
  return { type: "image/gif", width, height, frames: Math.max(1, frames) };
}

/** Bytes of the colours that a flag byte announces. */
function colours(view: DataView, at: number): number {
  if (at >= view.byteLength) return 0;
  const flags = view.getUint8(at);
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
