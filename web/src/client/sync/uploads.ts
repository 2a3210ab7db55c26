/** The task that sends files, one after another; how, is fetched with the first of them. */

import { uploading } from "../later.ts";
import type { TransferRow } from "../store/transfers.ts";
import { Rounds } from "./rounds.ts";

const PATIENCE_MS = 3000;

/** The task that sends files. */
export class Uploads extends Rounds {
  protected readonly patience = PATIENCE_MS;

  protected async round(signal: AbortSignal): Promise<number | null> {
    const rows = await this.#waiting();
    if (rows.length === 0) return null;
    const { Uploading } = await uploading();
    const sending = new Uploading(this.hub);
    for (const row of rows) {
      const trouble = await sending.attempt(row, signal);
      if (trouble) this.trouble = trouble;
    }
    return (await this.#waiting()).length > 0 ? PATIENCE_MS : null;
  }

  #waiting(): Promise<readonly TransferRow[]> {
    const { db, transfers } = this.hub.store;
    return db.read((tx) => transfers.uploads(tx));
  }
}
