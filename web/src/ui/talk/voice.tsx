/** A voice note: play and pause, its waveform to seek in, and three speeds. */

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { playTime } from "../../i18n/figures.ts";
import type { Attachment, Message } from "../../client/values.ts";
import { Icon } from "../parts/icon.tsx";
import { useFile } from "../media/blobs.ts";
import { bars } from "../media/wave.ts";
import { fileName } from "../text/bidi.ts";

const SPEEDS = [1, 1.5, 2];
const COUNT = 40;
const UNASKED = 2_000_000;

/** One speed for all, and one note at a time. */
const speed = signal(1);
const playing = signal<string | null>(null);

export function Voice(props: { message: Message; attachment: Attachment }) {
  const { name, media } = props.attachment;
  const player = usePlayer(props.message, props.attachment);
  const { file, at, duration, isPlaying } = player;
  return (
    <div class="voice">
      <button
        type="button"
        class="round"
        tabIndex={-1}
        aria-label={t(isPlaying ? "voice.pause" : "voice.play")}
        aria-busy={file.state === "moving"}
        onClick={player.toggle}
      >
        <Icon name={isPlaying ? "pause" : file.state === "failed" ? "retry" : "play"} />
      </button>
      <div class="voice-body">
        {!media.wave && <bdi class="file-name">{fileName(name)}</bdi>}
        <Wave
          levels={bars(media.wave, COUNT)}
          part={duration > 0 ? Math.min(1, at / duration) : 0}
          onSeek={player.seek}
          duration={duration}
        />
        <span class="voice-time">{playTime(at > 0 ? at : duration)}</span>
      </div>
      <Speed />
      {file.state === "here" && (
        <audio
          ref={player.audio}
          src={file.address}
          preload="metadata"
          onTimeUpdate={(event) => {
            player.setAt(event.currentTarget.currentTime * 1000);
          }}
          onEnded={player.end}
        />
      )}
    </div>
  );
}

/** What plays one note: it stops when another begins, or when its bubble goes. */
function usePlayer(message: Message, attachment: Attachment) {
  const isUnasked = attachment.size <= UNASKED && attachment.state !== "cancelled";
  const { file, begin } = useFile(message, isUnasked);
  const audio = useRef<HTMLAudioElement>(null);
  const wanted = useRef(false);
  const [at, setAt] = useState(0);
  const isPlaying = playing.value === message.id;
  const duration = attachment.media.duration ?? (audio.current?.duration ?? 0) * 1000;

  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    element.playbackRate = speed.value;
    if (isPlaying) void element.play().catch(() => (playing.value = null));
    else element.pause();
  }, [isPlaying, speed.value, file.state]);
  useEffect(() => {
    if (file.state === "here" && wanted.current) playing.value = message.id;
  }, [file.state]);
  useEffect(
    () => () => {
      if (playing.value === message.id) playing.value = null;
    },
    [message.id],
  );

  const toggle = () => {
    if (file.state === "here") playing.value = isPlaying ? null : message.id;
    else {
      wanted.current = true;
      begin();
    }
  };
  const seek = (part: number) => {
    const element = audio.current;
    if (element && duration > 0) element.currentTime = (part * duration) / 1000;
    setAt(part * duration);
  };
  const end = () => {
    playing.value = null;
    setAt(0);
  };
  return { file, audio, at, setAt, isPlaying, duration, toggle, seek, end };
}

function Speed() {
  return (
    <button
      type="button"
      class="speed"
      tabIndex={-1}
      onClick={() => {
        speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length] ?? 1;
      }}
    >
      <span aria-hidden="true" dir="ltr">
        {speed.value}×
      </span>
      <span class="hidden">{t("voice.speed", { speed: speed.value })}</span>
    </button>
  );
}

function Wave(props: {
  readonly levels: readonly number[];
  readonly part: number;
  readonly duration: number;
  readonly onSeek: (part: number) => void;
}) {
  const { levels, part, onSeek } = props;
  return (
    <div class="wave">
      <svg
        viewBox={`0 0 ${COUNT * 5} 32`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {levels.map((level, at) => (
          <rect
            key={at}
            class={at / COUNT < part ? "played" : ""}
            x={at * 5 + 1}
            y={16 - level * 14}
            width={3}
            height={Math.max(2, level * 28)}
            rx={1.5}
          />
        ))}
      </svg>
      <input
        type="range"
        min={0}
        max={1}
        step={0.01}
        value={part}
        tabIndex={-1}
        aria-label={t("voice.seek")}
        aria-valuetext={playTime(part * props.duration)}
        onInput={(event) => {
          onSeek(Number(event.currentTarget.value));
        }}
      />
    </div>
  );
}
