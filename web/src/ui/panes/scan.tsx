/** Reading a QR code with the camera, or from a picture of one. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { readCode } from "../media/codes.ts";
import { toast } from "../toasts.ts";
import "../style/scan.css";

const EVERY = 180;

export function ScanDialog(props: {
  readonly onFound: (text: string) => void;
  readonly onClose: () => void;
}) {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<"starting" | "looking" | "none">("starting");
  useEffect(() => {
    const look = new AbortController();
    watch(video, look.signal, () => {
      setState("looking");
    }).then(
      (text) => {
        if (text !== null) props.onFound(text);
      },
      () => {
        if (!look.signal.aborted) setState("none");
      },
    );
    return () => {
      look.abort();
    };
  }, []);
  return (
    <Dialog title={t("scan.title")} onClose={props.onClose} className="scan">
      {state === "none" ? (
        <p>{t("scan.none")}</p>
      ) : (
        <div class="scan-view">
          <video ref={video} muted playsInline />
          <span class="scan-frame" aria-hidden="true" />
        </div>
      )}
      <p role="status" class="note">
        {t(state === "looking" ? "scan.looking" : "scan.how")}
      </p>
      <label class="file-field">
        <Icon name="image" size={20} />
        <span>{t("scan.file")}</span>
        <input
          type="file"
          accept="image/*"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void fromPicture(file, props.onFound);
          }}
        />
      </label>
    </Dialog>
  );
}

async function fromPicture(file: Blob, onFound: (text: string) => void): Promise<void> {
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: 1_000 });
    const text = await readCode(bitmap, bitmap.width, bitmap.height);
    bitmap.close();
    if (text === null) toast(t("scan.nothing"));
    else onFound(text);
  } catch {
    toast(t("scan.nothing"));
  }
}

/** Look through the camera until a code is seen; rejects when it is called off. */
async function watch(
  video: { readonly current: HTMLVideoElement | null },
  signal: AbortSignal,
  onStart: () => void,
): Promise<string | null> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment" },
  });
  try {
    const element = video.current;
    if (!element) return null;
    signal.throwIfAborted();
    element.srcObject = stream;
    await element.play();
    onStart();
    for (;;) {
      const text = await readCode(element, element.videoWidth, element.videoHeight);
      if (text !== null) return text;
      await new Promise((resolve) => setTimeout(resolve, EVERY));
      signal.throwIfAborted();
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
