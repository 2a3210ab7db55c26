/** A picture or video that fills the screen. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { fullTime } from "../../i18n/figures.ts";
import type { Message } from "../../client/values.ts";
import { Dialog } from "../parts/dialog.tsx";
import { IconButton } from "../parts/button.tsx";
import { Waiting } from "../parts/frame.tsx";
import { useFile } from "../media/blobs.ts";
import { saveFile } from "../media/save.ts";
import { fileName, oneLine, plainName } from "../text/bidi.ts";
import { useWorld } from "../world.ts";
import { shapeOf } from "./words.ts";
import "../style/viewer.css";

export function Viewer({
  message,
  onClose,
}: {
  message: Message;
  onClose: () => void;
}) {
  const world = useWorld();
  const { file } = useFile(message, true);
  const [isLarge, setIsLarge] = useState(false);
  const { attachment } = message;
  if (!attachment) return null;
  const name = fileName(attachment.name);
  return (
    <Dialog title={name} onClose={onClose} className="viewer" hidesTitle>
      <header class="viewer-bar">
        <span class="viewer-who">
          <bdi>{message.isMine ? t("you") : plainName(message.name)}</bdi>
          <time>{fullTime(message.time)}</time>
        </span>
        <IconButton
          icon="download"
          label={t("message.save")}
          onClick={() => {
            void saveFile(world, message);
          }}
        />
        <IconButton icon="close" label={t("nav.close")} onClick={onClose} />
      </header>
      <div class={`viewer-stage ${isLarge ? "large" : ""}`}>
        {file.state !== "here" ? (
          <Waiting />
        ) : shapeOf(attachment) === "video" ? (
          <video src={file.address} controls autoPlay playsInline />
        ) : (
          <button
            type="button"
            aria-label={t(isLarge ? "picture.smaller" : "picture.larger")}
            onClick={() => {
              setIsLarge(!isLarge);
            }}
          >
            <img src={file.address} alt={oneLine(message.text) || name} />
          </button>
        )}
      </div>
      {message.text !== "" && (
        <p class="viewer-text">
          <bdi>{oneLine(message.text, 300)}</bdi>
        </p>
      )}
    </Dialog>
  );
}
