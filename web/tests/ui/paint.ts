/** Pictures and sounds for the sample messages, made in the browser. */

import type { Message } from "../../src/client/values.ts";
import type { Scene } from "./scripted.ts";

/** Give every sample picture and voice note a file, and pictures a preview. */
export async function paint(scene: Scene): Promise<void> {
  for (const list of scene.messages.values())
    for (const [at, message] of list.entries()) {
      const { attachment } = message;
      if (!attachment || scene.files.has(message.id)) continue;
      if (attachment.mediaType.startsWith("image/"))
        list[at] = await picture(scene, message);
      else if (attachment.mediaType.startsWith("audio/"))
        scene.files.set(message.id, new Blob([tone()], { type: "audio/wav" }));
      else scene.files.set(message.id, new Blob(["sample"]));
    }
}

async function picture(scene: Scene, message: Message): Promise<Message> {
  const { attachment } = message;
  if (!attachment) return message;
  const { width = 800, height = 600 } = attachment.media;
  scene.files.set(message.id, await landscape(width, height));
  const small = await landscape(28, Math.round((28 * height) / width));
  const preview = new Uint8Array(await small.arrayBuffer());
  return {
    ...message,
    attachment: { ...attachment, media: { ...attachment.media, preview } },
  };
}

async function landscape(width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("No canvas.");
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, "#8fb6d9");
  sky.addColorStop(0.55, "#f6d9b8");
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  for (const [at, colour] of ["#7d8fa8", "#5a7158", "#33482f"].entries()) {
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += width / 40) {
      const wave = Math.sin((x / width) * (5 + at * 3) + at * 2) * height * 0.09;
      context.lineTo(x, height * (0.52 + at * 0.16) + wave);
    }
    context.lineTo(width, height);
    context.fill();
  }
  return canvas.convertToBlob({ type: "image/webp", quality: 0.7 });
}

/** Two seconds of a quiet tone as a WAV file. */
function tone(): Uint8Array<ArrayBuffer> {
  const rate = 8_000;
  const count = rate * 2;
  const bytes = new Uint8Array(44 + count);
  const view = new DataView(bytes.buffer);
  const text = (at: number, words: string) => {
    for (let index = 0; index < words.length; index += 1)
      bytes[at + index] = words.charCodeAt(index);
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + count, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, "data");
  view.setUint32(40, count, true);
  for (let at = 0; at < count; at += 1)
    bytes[44 + at] = 128 + Math.round(Math.sin(at / 4) * 20);
  return bytes;
}
