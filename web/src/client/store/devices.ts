/** The devices of this account that are known here. */

import { type Bytes, hex } from "../../bytes.ts";
import { blob, number, text } from "./columns.ts";
import type { Row, Tx } from "./database.ts";

/** One device of this account; `linkedAt` in milliseconds. */
export interface DeviceRow {
  readonly id: Bytes;
  readonly name: string;
  readonly linkedAt: number;
}

/** Reads and writes devices. */
export class DeviceTable {
  /** Write a device. */
  async save(tx: Tx, device: DeviceRow): Promise<void> {
    const { id, name, linkedAt } = device;
    await tx.put("devices", { id: hex(id) }, [id, name, linkedAt]);
  }

  /** Return every device, the oldest first. */
  async all(tx: Tx): Promise<readonly DeviceRow[]> {
    const rows = (await tx.all("devices")).map(read);
    return rows.sort((one, other) => one.linkedAt - other.linkedAt);
  }

  /** Forget a device that was removed. */
  async forget(tx: Tx, id: Bytes): Promise<void> {
    await tx.delete("devices", hex(id));
  }
}

function read(row: Row): DeviceRow {
  const [id, name, linkedAt] = row.secret;
  return { id: blob(id), name: text(name), linkedAt: number(linkedAt) };
}
