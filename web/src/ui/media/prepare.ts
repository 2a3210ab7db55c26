/**
 * Files made ready to send. Pictures are drawn anew: smaller, and without what a camera
 * notes of place, time and device.
 */

import type { Outgoing } from "../../client/door.ts";
import type { Media } from "../../client/values.ts";
import { mayShow, readPicture } from "./frames.ts";

const LONGEST_SIDE = 2_048;
const PREVIEW_SIDE = 28;
const MOST_PREVIEW = 1_000;

/** The picture says it is larger than any screen or memory; it can still go as a file. */
export class TooManyPixels extends Error {}

/** What is sent for a file the person chose. */
export async function prepare(file: File): Promise<Outgoing> {
  if (file.type.startsWith("image/")) {
    const found = await readPicture(file);
    if (found && !mayShow(found)) throw new TooManyPixels();
    if (found) return preparePicture(file, found.type === "image/gif");
  }
  if (file.type.startsWith("video/")) return prepareVideo(file);
  return plain(file);
}

function plain(file: File, media: Media = {}): Outgoing {
  const mediaType = file.type || "application/octet-stream";
  return { file, name: file.name, mediaType, media };
}

async function preparePicture(file: File, isMoving: boolean): Promise<Outgoing> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return plain(file);
  }
  try {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const preview = await previewOf(bitmap, width, height);
    const media = { width, height, ...preview };
    // A moving picture would stand still if it were drawn anew.
    if (isMoving) return plain(file, media);
    const drawn = await draw(bitmap, width, height, [
      ["image/webp", 0.86],
      ["image/jpeg", 0.86],
    ]);
    const name = `${file.name.replace(/\.\w+$/, "")}.${drawn.type === "image/webp" ? "webp" : "jpg"}`;
    return { file: drawn, name, mediaType: drawn.type, media };
  } finally {
    bitmap.close();
  }
}

async function prepareVideo(file: File): Promise<Outgoing> {
  const video = document.createElement("video");
  const address = URL.createObjectURL(file);
  video.muted = true;
  video.preload = "auto";
  video.src = address;
  try {
    await happened(video, "loadeddata");
    const { videoWidth: width, videoHeight: height, duration } = video;
    const preview = width > 0 ? await previewOf(video, width, height) : {};
    const length = Number.isFinite(duration)
      ? { duration: Math.round(duration * 1000) }
      : {};
    return plain(file, { width, height, ...length, ...preview });
  } catch {
    return plain(file);
  } finally {
    URL.revokeObjectURL(address);
    video.removeAttribute("src");
  }
}

function happened(element: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error("The video shows no picture."));
    }, 5_000);
    const done = (settle: () => void) => () => {
      clearTimeout(timer);
      settle();
    };
    element.addEventListener(name, done(resolve), { once: true });
    element.addEventListener("error", done(reject), { once: true });
  });
}

/** A tiny picture of at most 1,000 bytes; nothing when it cannot be made so small. */
async function previewOf(
  source: ImageBitmap | HTMLVideoElement,
  width: number,
  height: number,
): Promise<{ preview?: Uint8Array }> {
  for (const side of [PREVIEW_SIDE, 20, 12]) {
    const scale = side / Math.max(width, height);
    const blob = await draw(
      source,
      Math.max(1, Math.round(width * scale)),
      Math.max(1, Math.round(height * scale)),
      [
        ["image/webp", 0.4],
        ["image/jpeg", 0.4],
      ],
    );
    if (blob.size <= MOST_PREVIEW)
      return { preview: new Uint8Array(await blob.arrayBuffer()) };
  }
  return {};
}

async function draw(
  source: CanvasImageSource,
  width: number,
  height: number,
  kinds: readonly (readonly [type: string, quality: number])[],
): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser draws no pictures.");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  for (const [type, quality] of kinds) {
    const blob = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, type, quality);
    });
    if (blob?.type === type) return blob;
  }
  throw new Error("This browser writes no pictures.");
}
