/** Recording a voice note in place of the composer. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { playTime } from "../../i18n/figures.ts";
import { IconButton } from "../parts/button.tsx";
import { record, type Recording } from "../media/recorder.ts";
import { toast } from "../toasts.ts";
import { useWorld } from "../world.ts";
import type { Desk } from "./desk.ts";
import { waiting } from "./files.ts";

const BARS = 48;
/** Shorter than this was a slip of the finger. */
const SHORTEST = 600;

export function Recorder({ desk, onEnd }: { desk: Desk; onEnd: () => void }) {
  const { elapsed, levels, take } = useRecording(onEnd);
  const world = useWorld();
  const send = () => {
    const begun = take();
    if (!begun) return;
    onEnd();
    if (begun.elapsed() < SHORTEST) {
      begun.drop();
      return;
    }
    const answers = desk.answers.value;
    desk.answers.value = null;
    world.attempt(async (door) => {
      const outgoing = await begun.finish();
      const extra = answers ? { replyTo: answers.id } : {};
      await door.sendFile(desk.id, outgoing, "", extra).catch((error: unknown) => {
        // What was said cannot be said again: it lies beside the composer.
        desk.layBack([waiting(outgoing)]);
        throw error;
      });
    });
  };
  return (
    <footer
      class="composer"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onEnd();
      }}
    >
      <div class="composer-line recording">
        <IconButton icon="trash" label={t("voice.drop")} onClick={onEnd} />
        <span class="recording-dot" aria-hidden="true" />
        <span class="recording-time" role="timer" aria-label={t("voice.recording")}>
          {playTime(elapsed)}
        </span>
        <Levels levels={levels} />
        <IconButton
          icon="send"
          label={t("composer.send")}
          className="send"
          onClick={send}
        />
      </div>
    </footer>
  );
}

/** A recording that begins now; what nobody takes is dropped with the component. */
function useRecording(onEnd: () => void) {
  const recording = useRef<Recording | null>(null);
  const levels = useRef<number[]>([]);
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => {
    let isWanted = true;
    record((level) => {
      levels.current = [...levels.current, level].slice(-BARS);
      setElapsed(recording.current?.elapsed() ?? 0);
    }).then(
      (begun) => {
        recording.current = begun;
        if (!isWanted) begun.drop();
      },
      () => {
        toast(t("voice.none"));
        onEnd();
      },
    );
    return () => {
      isWanted = false;
      recording.current?.drop();
      recording.current = null;
    };
  }, []);
  const take = () => {
    const begun = recording.current;
    recording.current = null;
    return begun;
  };
  return { elapsed, levels: levels.current, take };
}

function Levels({ levels }: { levels: readonly number[] }) {
  return (
    <svg class="recording-wave" viewBox={`0 0 ${BARS * 4} 32`} aria-hidden="true">
      {levels.map((level, at) => (
        <rect
          key={at}
          x={(BARS - levels.length + at) * 4}
          y={16 - Math.max(1, level * 15)}
          width={2.5}
          height={Math.max(2, level * 30)}
          rx={1.2}
        />
      ))}
    </svg>
  );
}
