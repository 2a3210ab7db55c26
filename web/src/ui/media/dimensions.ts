/**
 * A picture's width and height read from its first bytes, before anything decodes it:
 * a small file may say that it unfolds into gigabytes.
 */

export interface Dimensions {
  readonly type: "image/png" | "image/jpeg" | "image/gif" | "image/webp";
  readonly width: number;
  readonly height: number;
}

/** A decoded picture takes four bytes a pixel: this many is 200 MB. */
const MOST_PIXELS = 50_000_000;
/** Width and height; null for what is no picture of the four kinds, or is cut short. */
export function dimensions(head: Uint8Array): Dimensions | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    return png(head, view) ?? gif(head, view) ?? webp(head, view) ?? jpeg(head, view);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether it may be decoded: of a known kind, not empty and not absurdly large. */
export function mayDecode(found: Dimensions | null): found is Dimensions {
  return (
    found !== null &&
    found.width > 0 &&
    found.height > 0 &&
    found.width <= 20_000 &&
    found.height <= 20_000 &&
    found.width * found.height <= MOST_PIXELS
  );
}

function starts(head: Uint8Array, text: string, at = 0): boolean {
  return Array.from(text).every(
    (letter, index) => head[at + index] === letter.charCodeAt(0),
  );
}

function png(head: Uint8Array, view: DataView): Dimensions | null {
  if (!starts(head, "\x89PNG\r\n\x1a\n") || !starts(head, "IHDR", 12)) return null;
  return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

function gif(head: Uint8Array, view: DataView): Dimensions | null {
  if (!starts(head, "GIF8")) return null;
  return {
    type: "image/gif",
    width: view.getUint16(6, true),
    height: view.getUint16(8, true),
  };
}

function webp(head: Uint8Array, view: DataView): Dimensions | null {
  if (!starts(head, "RIFF") || !starts(head, "WEBP", 8)) return null;
  const size = (width: number, height: number): Dimensions => ({
    type: "image/webp",
    width,
    height,
  });
  if (starts(head, "VP8 ", 12))
    return size(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  if (starts(head, "VP8L", 12)) {
    const bits = view.getUint32(21, true);
    return size((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  if (!starts(head, "VP8X", 12)) return null;
  const three = (at: number) =>
    view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  return size(three(24) + 1, three(27) + 1);
}

function jpeg(head: Uint8Array, view: DataView): Dimensions | null {
  if (!starts(head, "\xff\xd8\xff")) return null;
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame =
      marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return {
        type: "image/jpeg",
        width: view.getUint16(at + 7),
        height: view.getUint16(at + 5),
      };
    const length = view.getUint16(at + 2);
    if (length < 2 || marker === 0xda) return null;
    at += 2 + length;
  }
}
