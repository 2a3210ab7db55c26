/** A message's file: shown as a picture, a video, a voice note, or a thing to save. */

import { t, worded } from "../../i18n/index.ts";
import { byteSize } from "../../i18n/figures.ts";
import type { Attachment, Message } from "../../client/values.ts";
import { Icon } from "../parts/icon.tsx";
import { lazy } from "../parts/frame.tsx";
import { loadFile, useFile, usePreview } from "../media/blobs.ts";
import { saveFile } from "../media/save.ts";
import { fileName, shownFileName } from "../text/bidi.ts";
import { toast } from "../toasts.ts";
import { useWorld } from "../world.ts";
import { useDesk } from "./desk.ts";
import { shapeOf } from "./words.ts";
import "../style/attachment.css";

const Voice = lazy(async () => (await worded(import("./voice.tsx"))).Voice);

interface Props {
  readonly message: Message;
  readonly attachment: Attachment;
}

/** Fetched without being asked for: what is looked at and not large. */
const UNASKED = 8_000_000;
const WIDEST = 320;
const HIGHEST = 380;

export function AttachmentView({ message, attachment }: Props) {
  switch (shapeOf(attachment)) {
    case "picture":
      return <Picture message={message} attachment={attachment} />;
    case "video":
      return <Video message={message} attachment={attachment} />;
    case "voice":
    case "audio":
      return <Voice message={message} attachment={attachment} />;
    case "file":
      return <FileRow message={message} attachment={attachment} />;
  }
}

/** The size it is shown in: within bounds, in its own proportion. */
export function shownSize({ media }: Attachment): { width: number; height: number } {
  const width = media.width && media.width > 0 ? media.width : 4;
  const height = media.height && media.height > 0 ? media.height : 3;
  const ratio = Math.min(2.4, Math.max(0.5, width / height));
  const shown = Math.min(WIDEST, HIGHEST * ratio, Math.max(180, width));
  return { width: Math.round(shown), height: Math.round(shown / ratio) };
}

function Picture({ message, attachment }: Props) {
  const desk = useDesk();
  const isComing = attachment.state === "waiting" || attachment.state === "moving";
  const isUnasked = attachment.size <= UNASKED && attachment.state !== "cancelled";
  const { file, begin } = useFile(message, isUnasked);
  const preview = usePreview(attachment.media.preview);
  const { width, height } = shownSize(attachment);
  if (file.state === "refused")
    return (
      <FileRow message={message} attachment={attachment} note={t("file.refused")} />
    );
  return (
    <div
      class="visual-box"
      style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}
    >
      {preview !== null && file.state !== "here" && (
        <img class="preview" src={preview} alt="" />
      )}
      {file.state === "here" ? (
        <button
          type="button"
          tabIndex={-1}
          class="visual-open"
          aria-label={t("picture.open", { name: fileName(attachment.name) })}
          onClick={() => {
            desk.viewed.value = message;
          }}
        >
          <img
            src={file.address}
            alt=""
            decoding="async"
            width={width}
            height={height}
          />
        </button>
      ) : (
        <Fetching
          message={message}
          attachment={attachment}
          isMoving={file.state === "moving"}
          isFailed={file.state === "failed"}
          onBegin={begin}
        />
      )}
      {file.state === "here" && isComing && (
        <Fetching message={message} attachment={attachment} isMoving isFailed={false} />
      )}
    </div>
  );
}

function Video({ message, attachment }: Props) {
  const desk = useDesk();
  const world = useWorld();
  const preview = usePreview(attachment.media.preview);
  const { width, height } = shownSize(attachment);
  const isMoving = attachment.state === "moving" || attachment.state === "waiting";
  const view = () => {
    loadFile(world, message).then(() => {
      desk.viewed.value = message;
    }, toast);
  };
  return (
    <div
      class="visual-box"
      style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}
    >
      {preview !== null && <img class="preview" src={preview} alt="" />}
      {isMoving ? (
        <Fetching message={message} attachment={attachment} isMoving isFailed={false} />
      ) : (
        <button type="button" tabIndex={-1} class="visual-open play" onClick={view}>
          <span class="round">
            <Icon name="play" size={28} />
          </span>
          <span class="hidden">
            {t("video.open", { name: fileName(attachment.name) })}
          </span>
          <span class="chip">{byteSize(attachment.size)}</span>
        </button>
      )}
    </div>
  );
}

/** Over a picture that is not here: how far it has come, or how to get it. */
function Fetching(
  props: Props & {
    readonly isMoving: boolean;
    readonly isFailed: boolean;
    readonly onBegin?: () => void;
  },
) {
  const { message, attachment } = props;
  if (props.isMoving)
    return (
      <div class="visual-over">
        <Progress message={message} attachment={attachment} />
      </div>
    );
  return (
    <button type="button" class="visual-open" tabIndex={-1} onClick={props.onBegin}>
      <span class="round">
        <Icon name={props.isFailed ? "retry" : "download"} />
      </span>
      <span class="chip">
        {t(props.isFailed ? "file.again" : "file.get")} · {byteSize(attachment.size)}
      </span>
    </button>
  );
}

/** A ring that fills, and stops the file when pressed. */
function Progress({ message, attachment }: Props) {
  const world = useWorld();
  const moved = world.transfers.value.get(message.id) ?? attachment.moved;
  const part = attachment.size > 0 ? Math.min(1, moved / attachment.size) : 0;
  return (
    <button
      type="button"
      class="progress"
      tabIndex={-1}
      aria-label={t("file.cancel", { percent: Math.round(part * 100) })}
      title={t("file.stop")}
      onClick={() => {
        world.attempt((door) => door.cancelFile(message.conversation, message.id));
      }}
    >
      <svg viewBox="0 0 44 44" width={44} height={44} aria-hidden="true">
        <circle class="ring-back" cx={22} cy={22} r={18} />
        <circle
          class="ring"
          cx={22}
          cy={22}
          r={18}
          pathLength={100}
          style={{ strokeDasharray: `${Math.max(3, part * 100)} 100` }}
        />
      </svg>
      <Icon name="close" size={18} />
    </button>
  );
}

function FileRow({ message, attachment, note }: Props & { note?: string }) {
  const world = useWorld();
  const { state, size } = attachment;
  const isMoving = state === "moving" || state === "waiting";
  const moved = world.transfers.value.get(message.id) ?? attachment.moved;
  const about =
    state === "failed" || state === "cancelled"
      ? t(`file.${state}`)
      : isMoving && moved > 0
        ? t("file.moved", { moved: byteSize(moved), size: byteSize(size) })
        : byteSize(size);
  return (
    <div class="file">
      {isMoving ? (
        <Progress message={message} attachment={attachment} />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          class="round"
          aria-label={t("file.save", { name: fileName(attachment.name) })}
          title={t("message.save")}
          onClick={() => {
            void saveFile(world, message);
          }}
        >
          <Icon name={state === "failed" ? "retry" : "file"} />
        </button>
      )}
      <span class="file-body">
        <bdi class="file-name">{shownFileName(attachment.name)}</bdi>
        <span class="file-size">{about}</span>
        {note !== undefined && <span class="file-note">{note}</span>}
      </span>
    </div>
  );
}
