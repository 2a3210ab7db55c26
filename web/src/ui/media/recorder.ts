/** Recording a voice note from the microphone, with its loudness as it goes. */

import type { Outgoing } from "../../client/door.ts";
import { waveOf } from "./wave.ts";

const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const STEP = 50;
/** A quarter of an hour. */
const LONGEST = 15 * 60_000;

export interface Recording {
  /** Milliseconds so far. */
  readonly elapsed: () => number;
  /** Stop and take what was said. */
  readonly finish: () => Promise<Outgoing>;
  /** Stop and forget it. */
  readonly drop: () => void;
}

/** Begin to record; `onLevel` is told the loudness, 0 to 1, twenty times a second. */
export async function record(onLevel: (level: number) => void): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, channelCount: 1 },
  });
  const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  const recorder = new MediaRecorder(stream, {
    ...(type === undefined ? {} : { mimeType: type }),
    audioBitsPerSecond: 24_000,
  });
  const chunks: Blob[] = [];
  const levels: number[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => {
    chunks.push(data);
  });
  const meter = await measureLevel(stream);
  const begun = performance.now();
  const elapsed = () => performance.now() - begun;
  const timer = setInterval(() => {
    const level = meter.read();
    levels.push(level);
    onLevel(level);
    if (elapsed() > LONGEST && recorder.state === "recording") recorder.pause();
  }, STEP);
  recorder.start(1_000);
  const stop = () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    meter.close();
  };
  return {
    elapsed,
    async finish() {
      const duration = Math.round(Math.min(elapsed(), LONGEST));
      await new Promise<void>((resolve) => {
        recorder.addEventListener(
          "stop",
          () => {
            resolve();
          },
          { once: true },
        );
        recorder.stop();
      });
      stop();
      const mediaType = (recorder.mimeType || type || "audio/webm").split(";")[0] ?? "";
      return {
        file: new Blob(chunks, { type: mediaType }),
        name: `voice.${mediaType.split("/")[1] ?? "webm"}`,
        mediaType,
        media: { duration, wave: waveOf(levels) },
      };
    },
    drop() {
      if (recorder.state !== "inactive") recorder.stop();
      stop();
    },
  };
}

async function measureLevel(
  stream: MediaStream,
): Promise<{ read: () => number; close: () => void }> {
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1_024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    read() {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0);
      return Math.min(1, Math.sqrt(power / samples.length) * 4);
    },
    close() {
      void context.close();
    },
  };
}
