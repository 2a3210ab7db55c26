/** A message in words: for lists, quotes and screen readers. */

import { t } from "../../i18n/index.ts";
import { byteSize, clockTime, playTime } from "../../i18n/figures.ts";
import type { Attachment, Message, MessageState } from "../../client/values.ts";
import { oneLine, plainName } from "../text/bidi.ts";

/** What kind of thing an attachment is shown as. */
export type Shape = "picture" | "video" | "voice" | "audio" | "file";

const PICTURES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
/** Nothing that ends in +xml: whatever its name says, browsers read that as a document. */
const VIDEO = /^video\/(mp4|webm|quicktime|ogg)$/;
const AUDIO =
  /^audio\/(3gpp|aac|aiff|amr|flac|mp3|mp4|mpeg|ogg|opus|wav|wave|webm|x-[\w-]+)$/;

export function shapeOf({ mediaType, media }: Attachment): Shape {
  const type = plainType(mediaType);
  if (PICTURES.includes(type)) return "picture";
  if (VIDEO.test(type)) return "video";
  if (AUDIO.test(type)) return media.wave ? "voice" : "audio";
  return "file";
}

/** A media type without what is said beside it. */
export function plainType(mediaType: string): string {
  return mediaType.toLowerCase().split(";")[0]?.trim() ?? "";
}

/** One line that stands for the message. */
export function summary(message: Message): string {
  if (message.deleted) return t("message.deleted");
  const { attachment } = message;
  const text = oneLine(message.text);
  if (!attachment) return text;
  const what = attachmentWords(attachment);
  return text === "" ? what : `${what}: ${text}`;
}

function attachmentWords(attachment: Attachment): string {
  const shape = shapeOf(attachment);
  if (shape === "picture") return t("attachment.picture");
  if (shape === "video") return t("attachment.video");
  if (shape === "voice")
    return t("attachment.voice", { time: playTime(attachment.media.duration ?? 0) });
  return plainName(attachment.name);
}

export function stateWords(state: MessageState): string {
  return state === "received" ? "" : t(`state.${state}`);
}

/** The whole of a message for a screen reader. */
export function spokenMessage(message: Message): string {
  const parts = [
    message.isMine ? t("you") : plainName(message.name),
    message.replyTo
      ? t("message.answers", { name: plainName(message.replyTo.name) })
      : "",
    message.deleted || !message.attachment ? "" : attachmentSpoken(message.attachment),
    message.deleted ? t("message.deleted") : oneLine(message.text, 600),
    message.edited ? t("message.edited") : "",
    clockTime(message.time),
    message.isMine ? stateWords(message.state) : "",
    message.reactions.map(({ emoji }) => emoji).join(" "),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function attachmentSpoken(attachment: Attachment): string {
  return `${attachmentWords(attachment)} ${byteSize(attachment.size)}`;
}
