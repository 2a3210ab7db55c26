/** Files of messages as addresses for this page: fetched once, given back when many. */

import { useEffect, useState } from "preact/hooks";
import { mayShow, pictureIn, readPicture } from "./frames.ts";
import type { Message } from "../../client/values.ts";
import { plainType, shapeOf } from "../talk/words.ts";
import { toast } from "../toasts.ts";
import { useWorld, type World } from "../world.ts";

export type Loaded =
  | { readonly state: "none" | "moving" | "failed" | "refused" }
  | { readonly state: "here"; readonly address: string; readonly blob: Blob };

const MOST_KEPT = 40;
/** Kept in order of use: the first is the one to go. */
const kept = new Map<string, Extract<Loaded, { state: "here" }>>();
/** The worlds whose messages take their files with them. */
const heard = new WeakSet<World>();

/**
 * A message's file. Pictures that claim an absurd size are refused before any decoder
 * sees them. `fetches` begins at once; else `begin` does.
 */
export function useFile(
  message: Message,
  fetches: boolean,
): { readonly file: Loaded; readonly begin: () => void } {
  const world = useWorld();
  const [file, setFile] = useState<Loaded>(kept.get(message.id) ?? { state: "none" });
  const load = (isUnasked: boolean) => {
    if (file.state === "here" || file.state === "moving") return;
    setFile({ state: "moving" });
    loadFile(world, message, isUnasked).then(setFile, (error: unknown) => {
      setFile({ state: isUnasked ? "none" : "failed" });
      if (!isUnasked) toast(error);
    });
  };
  useEffect(() => {
    if (fetches && file.state === "none") load(true);
  }, [message.id, fetches]);
  const begin = () => {
    load(false);
  };
  return { file, begin };
}

/** Fetch a message's file and give it an address. */
export async function loadFile(
  world: World,
  message: Message,
  isUnasked = false,
): Promise<Loaded> {
  const known = kept.get(message.id);
  if (known) return known;
  forgetWithMessages(world);
  const { attachment } = message;
  if (!attachment) return { state: "failed" };
  const raw = await world.door.fetchFile(message.conversation, message.id, isUnasked);
  const shape = shapeOf(attachment);
  let type = plainType(attachment.mediaType);
  if (shape === "picture") {
    const found = await readPicture(raw);
    if (!mayShow(found)) return { state: "refused" };
    type = found.type;
  }
  // What is not shown gets a type that no browser opens as a page of this origin.
  if (shape === "file") type = "application/octet-stream";
  const blob = new Blob([raw], { type });
  const here = { state: "here" as const, address: URL.createObjectURL(blob), blob };
  keep(message.id, here);
  return here;
}

/** A file goes from this page when its message has disappeared or was deleted. */
function forgetWithMessages(world: World): void {
  if (heard.has(world)) return;
  heard.add(world);
  world.listen((event) => {
    if (event.type === "message gone") forget(event.message);
    if (event.type === "message changed" && event.message.deleted)
      forget(event.message.id);
  });
}

function forget(id: string): void {
  const file = kept.get(id);
  if (!file) return;
  kept.delete(id);
  URL.revokeObjectURL(file.address);
}

function keep(id: string, file: Extract<Loaded, { state: "here" }>): void {
  kept.set(id, file);
  for (const [old, { address }] of kept) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(old);
    // Elements that show it keep what they have decoded; a later look fetches anew.
    setTimeout(() => {
      URL.revokeObjectURL(address);
    }, 30_000);
  }
}

/** The address of a blurred preview, as long as the component stands. */
export function usePreview(preview: Uint8Array | undefined): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!preview || preview.length > 1_000) return;
    const found = pictureIn(preview);
    if (!mayShow(found) || found.width * found.height > 16_384) return;
    const made = URL.createObjectURL(new Blob([preview.slice()], { type: found.type }));
    setAddress(made);
    return () => {
      URL.revokeObjectURL(made);
    };
  }, [preview]);
  return address;
}
