/** Reading a QR code out of a picture: by the browser where it can, else by our own. */

interface Detector {
  detect(source: CanvasImageSource): Promise<readonly { readonly rawValue: string }[]>;
}
declare const BarcodeDetector:
  undefined | (new (options: { formats: readonly string[] }) => Detector);

let detector: Detector | null | undefined;

function ownDetector(): Detector | null {
  if (detector !== undefined) return detector;
  try {
    const isThere = typeof BarcodeDetector !== "undefined";
    detector = isThere ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    detector = null;
  }
  return detector;
}

/** The text of the code in the picture; null when none is seen. */
export async function readCode(
  source: CanvasImageSource,
  width: number,
  height: number,
): Promise<string | null> {
  if (width === 0 || height === 0) return null;
  const own = ownDetector();
  if (own) {
    try {
      const [found] = await own.detect(source);
      return found ? found.rawValue : null;
    } catch {
      // Some systems offer it and lack the part below; our own decoder goes on.
      detector = null;
    }
  }
  return decode(source, width, height);
}

async function decode(
  source: CanvasImageSource,
  width: number,
  height: number,
): Promise<string | null> {
  const { decodeQR } = await import("qr/decode.js");
  const scale = Math.min(1, 900 / Math.max(width, height));
  const canvas = new OffscreenCanvas(
    Math.round(width * scale),
    Math.round(height * scale),
  );
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  try {
    return decodeQR({ width: canvas.width, height: canvas.height, data });
  } catch {
    return null;
  }
}
