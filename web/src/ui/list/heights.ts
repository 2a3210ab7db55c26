/**
 * The arithmetic of a list of which only the part in sight is drawn: rows have a guessed
 * height until they are measured, and offsets are sums.
 */

export interface Row {
  readonly key: string;
}

export interface Window {
  readonly first: number;
  /** One after the last. */
  readonly end: number;
}

/** Where the reader looks: at an end, or so many pixels below the top of a row. */
export type Anchor =
  | { readonly at: "start" }
  | { readonly at: "end" }
  | { readonly at: "row"; readonly key: string; readonly below: number };

export class Heights<R extends Row> {
  readonly #measured = new Map<string, number>();
  readonly #guess: (row: R) => number;
  #rows: readonly R[] = [];
  #index = new Map<string, number>();
  #offsets = new Float64Array(1);
  #isStale = false;

  constructor(guess: (row: R) => number) {
    this.#guess = guess;
  }

  /** Take the rows that are to be laid out; measured heights are kept by key. */
  setRows(rows: readonly R[]): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#index = new Map(rows.map((row, at) => [row.key, at]));
    this.#isStale = true;
  }

  /** Note a row's height in pixels; true when it differs from what was thought. */
  measure(key: string, height: number): boolean {
    if (Math.abs((this.#measured.get(key) ?? -1) - height) < 0.5) return false;
    this.#measured.set(key, height);
    this.#isStale = true;
    return true;
  }

  /** Forget what was measured, for instance because the width has changed. */
  forget(): void {
    this.#measured.clear();
    this.#isStale = true;
  }

  isMeasured(key: string): boolean {
    return this.#measured.has(key);
  }

  indexOf(key: string): number {
    return this.#index.get(key) ?? -1;
  }

  /** Pixels above the row of this index; of the count of rows: the whole height. */
  offset(index: number): number {
    this.#sum();
    return this.#offsets[Math.min(Math.max(index, 0), this.#rows.length)] ?? 0;
  }

  get total(): number {
    return this.offset(this.#rows.length);
  }

  /** The row that covers this pixel. */
  at(pixel: number): number {
    this.#sum();
    let low = 0;
    let high = Math.max(0, this.#rows.length - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#offsets[middle] ?? 0) <= pixel) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Rows to draw for what is in sight, with `spare` pixels before and after. */
  window(top: number, height: number, spare: number): Window {
    if (this.#rows.length === 0) return { first: 0, end: 0 };
    const first = this.at(Math.max(0, top - spare));
    const end = Math.min(this.#rows.length, this.at(top + height + spare) + 1);
    return { first, end };
  }

  /** Where the reader looks, to be found again after the rows have changed. */
  anchor(top: number, height: number, sticksTo: "start" | "end"): Anchor {
    if (sticksTo === "end" && top + height >= this.total - 32) return { at: "end" };
    if (sticksTo === "start" && top <= 2) return { at: "start" };
    const row = this.#rows[this.at(top)];
    if (!row) return { at: sticksTo };
    return { at: "row", key: row.key, below: top - this.offset(this.indexOf(row.key)) };
  }

  /** The scroll position that shows the anchor again; null if its row is gone. */
  find(anchor: Anchor, height: number): number | null {
    if (anchor.at === "start") return 0;
    const lowest = Math.max(0, this.total - height);
    if (anchor.at === "end") return lowest;
    const index = this.indexOf(anchor.key);
    return index === -1 ? null : Math.min(this.offset(index) + anchor.below, lowest);
  }

  #sum(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const offsets = new Float64Array(this.#rows.length + 1);
    let at = 0;
    this.#rows.forEach((row, index) => {
      offsets[index] = at;
      at += this.#measured.get(row.key) ?? this.#guess(row);
    });
    offsets[this.#rows.length] = at;
    this.#offsets = offsets;
  }
}
