/** Lets a new device into the account, and lets this one into another's (spec/devices.md §3). */

import { mishap } from "./sync/mishaps.ts";
import { type Said, say } from "../sentences/index.ts";
import type { Bytes } from "../bytes.ts";
import type { Line } from "../carriers/line.ts";
import { reasonOf as awayOf } from "../carriers/status.ts";
import { LinnetError, Malformed, Refused, Unreachable, UsageError } from "../errors.ts";
import { bundleOf, piecesOf } from "./bundling.ts";
import { type AccountBundle, decodeBundle, encodeBundle } from "./core/bundle.ts";
import { encode } from "./core/cbor.ts";
import type { BlobRef } from "./core/envelope.ts";
import type { Entropy } from "./core/gcm.ts";
import {
  type DeviceLink,
  parseDeviceLink,
  spaced,
  writeDeviceLink,
} from "./core/linking.ts";
import {
  type HistoryRecord,
  readPiece,
  writePiece,
  writeRecord,
} from "./core/records.ts";
import type { Event } from "./events.ts";
import { admit, foundRoom } from "./sync/admitting.ts";
import type { Hub } from "./sync/hub.ts";
import { comeIn, createMailbox, destroyMailbox, letIn } from "./sync/linking.ts";
import { meetOthers } from "./sync/others.ts";
import { TooLate, within } from "./sync/waiting.ts";

const ROAD_MS = 30_000;
const LARGEST_PIECE = 2 ** 20 - 16;

/** An old device that shows a link and waits for a new one. */
export class Lending {
  /** The link to show to the account's owner, and to nobody else. */
  readonly text: string;
  readonly #hub: Hub;
  readonly #link: DeviceLink;
  readonly #abort = new AbortController();
  #code = "";
  #compared: ((isSame: boolean) => void) | null = null;

  constructor(hub: Hub) {
    const relay = hub.store.account.known.find((one) => one.isMine);
    if (!relay) throw new UsageError("no relay");
    this.#hub = hub;
    this.#link = {
      relay: relay.descriptor,
      stream: hub.entropy(16),
      secret: hub.entropy(32),
    };
    this.text = writeDeviceLink(this.#link);
  }

  /** Make the meeting place; the link serves from then on. Throws `Unreachable`. */
  async begin(): Promise<void> {
    const { db, account } = this.#hub.store;
    await meetOthers();
    await forgetLink(this.#hub);
    // Noted before it is made: whatever happens, it is destroyed.
    await db.write((tx) => account.keepLentLink(tx, this.text));
    await createMailbox(await reach(this.#hub, this.#link), this.#link);
  }

  /** Go through the exchange; how it ends is told by events. */
  async run(): Promise<void> {
    const hub = this.#hub;
    const line = hub.line(this.#link.relay);
    const signal = AbortSignal.any([this.#abort.signal, hub.signal]);
    const owner = {
      confirm: (code: string, name: string) => this.#confirmed(code, name, signal),
      admit: (device: Bytes, name: string, put: (piece: Bytes) => Promise<BlobRef>) =>
        handOver(hub, { id: device, name }, put),
    };
    hub.tell(linking("waiting"));
    try {
      await letIn(line, this.#link, owner, { entropy: hub.entropy, signal });
      hub.tell(linking("done"));
    } catch (error) {
      hub.tell(linking("failed", 0, 0, reasonOf(error)));
    }
    // Out of reach, it is destroyed when this is opened again.
    await forgetLink(hub).catch(() => undefined);
  }

  /** The owner has compared the codes. Throws `UsageError` if they differ. */
  confirm(code: string): void {
    if (!this.#compared) throw new UsageError("code early");
    const isSame = code.replace(/\s/g, "") === this.#code;
    this.#compared(isSame);
    if (!isSame) throw different();
  }

  /** Stop; nothing is given. */
  cancel(): void {
    this.#abort.abort();
  }

  async #confirmed(code: string, name: string, signal: AbortSignal): Promise<void> {
    this.#code = code;
    const compared = new Promise<boolean>((resolve) => {
      this.#compared = resolve;
    });
    this.#hub.tell({ type: "link code", code: spaced(code), device: name });
    if (!(await within(compared, null, signal))) throw different();
  }
}

/** Note a new device, then put the account together for it, its history in pieces. */
async function handOver(
  hub: Hub,
  device: { readonly id: Bytes; readonly name: string },
  put: (piece: Bytes) => Promise<BlobRef>,
): Promise<Bytes> {
  const { store } = hub;
  const room = await foundRoom(hub);
  const linked = { ...device, linkedAt: hub.now() };
  await store.db.write((tx) => admit(tx, hub, linked, room));
  const given = await store.db.read((tx) => bundleOf(tx, store, []));
  const sizeOf = (record: HistoryRecord): number => encode(writeRecord(record)).length;
  const history: BlobRef[] = [];
  let moved = 0;
  for (const { id } of given.conversations)
    for await (const piece of piecesOf(store, id, LARGEST_PIECE, sizeOf)) {
      const ref = await put(writePiece(piece));
      history.push(ref);
      moved += ref.size;
      hub.tell(linking("moving", moved));
    }
  return encodeBundle({ ...given, history });
}

/** What a new device got. */
export interface Given {
  readonly bundle: AccountBundle;
  readonly records: readonly HistoryRecord[];
}

/** How a new device comes to an account. */
export interface Coming {
  readonly deviceName: string;
  readonly device: Bytes;
  readonly entropy: Entropy;
  readonly lineTo: (relay: DeviceLink["relay"]) => Line;
  readonly tell: (event: Event) => void;
  /** Store the account, all of it or nothing. */
  readonly keep: (given: Given) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Take an account over by a link. Throws `UsageError` for what is none, or was used. */
export async function takeOver(text: string, how: Coming): Promise<void> {
  const link = readLink(text);
  const { tell, entropy, signal } = how;
  const line = how.lineTo(link.relay);
  void line.run();
  try {
    await within(line.up(), ROAD_MS, signal);
    const device = { id: how.device, name: how.deviceName };
    const owner = {
      show(code: string): void {
        tell({ type: "link code", code: spaced(code), device: device.name });
      },
      async keep(account: Bytes, fetch: (piece: BlobRef) => Promise<Bytes>) {
        await how.keep(await fetchGiven(account, fetch, tell));
      },
    };
    tell(linking("waiting"));
    await comeIn(line, link, device, owner, { entropy, signal });
    tell(linking("done"));
  } catch (error) {
    tell(linking("failed", 0, 0, reasonOf(error)));
    throw error;
  } finally {
    line.close();
  }
}

async function reach(hub: Hub, link: DeviceLink): Promise<Line> {
  const line = hub.line(link.relay);
  try {
    await within(line.up(), ROAD_MS, hub.signal);
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
    throw new Unreachable(awayOf(line.status));
  }
  return line;
}

/** Destroy the meeting place of a link that was left behind, such as by a crash. */
export async function forgetLink(hub: Hub): Promise<void> {
  const { db, account } = hub.store;
  const left = await db.read((tx) => account.lentLink(tx));
  if (left === null) return;
  const link = parseDeviceLink(left);
  const line = await reach(hub, link);
  try {
    await destroyMailbox(line, link);
  } catch (error) {
    // That it is gone already is what is wanted.
    if (!(error instanceof Refused)) throw error;
  }
  await db.write(async (tx) => {
    // Another one may have been lent meanwhile.
    if ((await account.lentLink(tx)) === left) await account.keepLentLink(tx, null);
  });
}

function readLink(text: string): DeviceLink {
  try {
    return parseDeviceLink(text);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UsageError(error.said?.code ?? "link damaged");
  }
}

async function fetchGiven(
  account: Bytes,
  fetch: (piece: BlobRef) => Promise<Bytes>,
  tell: (event: Event) => void,
): Promise<Given> {
  const bundle = decodeBundle(account);
  const records: HistoryRecord[] = [];
  const size = bundle.history.reduce((sum, one) => sum + one.size, 0);
  let moved = 0;
  for (const piece of bundle.history) {
    records.push(...readPiece(await fetch(piece)));
    moved += piece.size;
    tell(linking("moving", moved, size));
  }
  return { bundle, records };
}

type State = Extract<Event, { readonly type: "linking" }>["state"];

function linking(state: State, moved = 0, size = 0, reason: Said | null = null): Event {
  return { type: "linking", state, moved, size, reason };
}

function different(): UsageError {
  return new UsageError("code differs");
}

function reasonOf(error: unknown): Said {
  return error instanceof LinnetError ? mishap(error) : say("link stopped");
}
