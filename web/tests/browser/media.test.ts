import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { encodeQR } from "qr";
import { afterAll, beforeAll, expect, it } from "vitest";

import { Relay } from "../kit/relay.ts";
import { launch, shot, storyInChromium } from "./chromium.ts";
import { Person } from "./person.ts";

storyInChromium("pictures, videos and codes", () => {
  let relay: Relay;
  const browsers: Browser[] = [];
  let ada: Person;
  let bob: Person;
  const camera = join(tmpdir(), `linnet-camera-${process.pid}.y4m`);

  beforeAll(async () => {
    relay = await Relay.start("--mode", "open");
  });
  afterAll(async () => {
    for (const one of browsers) await one.close();
    await relay.remove();
    rmSync(camera, { force: true });
  });

  it("an invite is read by the camera", async () => {
    const first = await launch();
    browsers.push(first);
    ada = await Person.begin(first, "Ada", relay.url);
    writeFileSync(camera, filmOf(await ada.invite()));
    const second = await launch(`--use-file-for-fake-video-capture=${camera}`);
    browsers.push(second);
    bob = await Person.begin(second, "Bob", relay.url);
    await bob.press("New chat");
    await bob.press(/^Add by link/u);
    await bob.press("Scan a QR code");
    await bob.button("Ask to talk").waitFor();
    await expect
      .poll(() => bob.page.getByLabel("Invite link").inputValue())
      .toMatch(/^linnet:/u);
    await bob.press("Ask to talk");
    await bob.composer().waitFor();
    await ada.accept("Bob");
  });

  it("a picture is pasted, and a file dropped, into what is written", async () => {
    await ada.page.evaluate(async () => {
      const canvas = new OffscreenCanvas(300, 200);
      canvas.getContext("2d")?.fillRect(20, 20, 200, 100);
      const blob = await canvas.convertToBlob({ type: "image/png" });
      await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    });
    await ada.composer().press("Control+V");
    await ada.button(/^Remove /u).waitFor();
    await ada.say("Pasted");
    const shown = bob.message("Pasted").getByRole("button", { name: /^Picture/u });
    await shown.locator("img").waitFor();
    await shown.click();
    await bob.page.getByRole("dialog").getByRole("img").waitFor();
    await shot(bob.page, "viewer-picture");
    await bob.press("Close");

    const carried = await ada.page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(["so few words"], "dropped.txt", { type: "text/plain" }));
      return data;
    });
    const talk = ada.page.locator(".talk");
    await talk.dispatchEvent("dragover", { dataTransfer: carried });
    await ada.sees("Drop files here to send them");
    await talk.dispatchEvent("drop", { dataTransfer: carried });
    await ada.button(/^Remove .*dropped/u).waitFor();
    await ada.say("Dropped");
    const file = bob.message("Dropped").getByRole("button", { name: /^Save/u });
    expect((await bob.save(() => file.click())).toString()).toBe("so few words");
  });

  it("a video is looked at", async () => {
    const buffer = await filmed(ada.page);
    await ada.attach({ name: "film.webm", mimeType: "video/webm", buffer });
    await ada.say("Look at this");
    await bob
      .message("Look at this")
      .getByRole("button", { name: /^Video/u })
      .click();
    const video = bob.page.getByRole("dialog").locator("video");
    await video.evaluate(
      (video: HTMLVideoElement) =>
        new Promise<void>((resolve) => {
          const look = (): void => {
            if (video.currentTime > 0.1) resolve();
          };
          video.addEventListener("timeupdate", look);
          look();
        }),
    );
    await shot(bob.page, "viewer-video");
    const box = await video.boundingBox();
    const height = bob.page.viewportSize()?.height ?? 0;
    expect((box?.y ?? height) + (box?.height ?? 1)).toBeLessThanOrEqual(height);
    await bob.press("Close");
    await ada.leave();
    await bob.leave();
  });
});

/** A film for the camera: one frame that shows the code of a text. */
function filmOf(text: string): Buffer {
  const [width, height, edge] = [640, 480, 6];
  const code = encodeQR(text, "raw", { border: 4 });
  const scale = Math.floor((height - 2 * edge) / code.length);
  const luma = Buffer.alloc(width * height, 235);
  const [left, top] = [width, height].map((all) =>
    Math.floor((all - code.length * scale) / 2),
  ) as [number, number];
  for (let y = 0; y < code.length * scale; y++)
    for (let x = 0; x < code.length * scale; x++)
      if (code[Math.floor(y / scale)]?.[Math.floor(x / scale)])
        luma[(top + y) * width + left + x] = 16;
  const chroma = Buffer.alloc((width * height) / 2, 128);
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F5:1 Ip A1:1 C420jpeg\n`);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), luma, chroma]);
  return Buffer.concat([head, frame, frame]);
}

/** A second or so of what the browser's camera sees. */
async function filmed(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const recorder = new MediaRecorder(stream, { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.addEventListener("dataavailable", ({ data }) => {
      parts.push(data);
      if (parts.length === 3) recorder.stop();
    });
    const stopped = new Promise((resolve) => {
      recorder.addEventListener("stop", resolve);
    });
    recorder.start(400);
    await stopped;
    for (const track of stream.getTracks()) track.stop();
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  return Buffer.from(bytes);
}
