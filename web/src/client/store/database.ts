/**
 * The store's transactions: rows sealed under the database key, all of an event or nothing.
 *
 * A row lies on the disk as the fields that look it up and `sealed`: AES-256-GCM of the
 * CBOR of all the rest. The fields are authenticated with it. Inside a transaction only
 * its own calls may be awaited: IndexedDB commits when nothing else is asked.
 */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, hex, utf8 } from "../../bytes.ts";
import { decode, encode, isArray, type Value } from "../core/cbor.ts";
import { decrypt, encrypt, type Entropy } from "../core/gcm.ts";
import { damaged } from "./columns.ts";
import { done, translated } from "./disk.ts";
import { NUMBERED, type Table, TABLES } from "./schema.ts";

/** The fields of a row by which it is found; bytes are written in hexadecimal. */
export type Fields = Readonly<Record<string, string | number>>;

/** A row: its fields, what was sealed with them, and bytes that are ciphertext anyway. */
export interface Row {
  readonly fields: Fields;
  readonly secret: readonly Value[];
  readonly data: Bytes | null;
}

export type Key = IDBValidKey;
type Action = () => void;

const NONCE = 12;

/** Random bytes of the platform. */
export const entropy: Entropy = (length) =>
  crypto.getRandomValues(new Uint8Array(length));

/** Everything from a key that begins with these parts. */
export function under(...parts: readonly (string | number)[]): IDBKeyRange {
  return IDBKeyRange.bound([...parts], [...parts, []]);
}

/** One open store. Only `write` changes it; a crash leaves all of a change or none. */
export class Database {
  readonly #disk: IDBDatabase;
  readonly #key: Bytes;
  readonly #blindKey: Bytes;
  readonly #names = new Map<string, string>();
  /** Asked once per transaction for each conversation that was touched, before it commits. */
  settled: ((tx: Tx, conversation: string) => Promise<void>)[] = [];

  constructor(disk: IDBDatabase, key: Bytes) {
    this.#disk = disk;
    this.#key = key;
    this.#blindKey = hmac(sha256, key, utf8("Linnet store names"));
  }

  /** The browser's database, for the vault. */
  get disk(): IDBDatabase {
    return this.#disk;
  }

  /** Close it. */
  close(): void {
    this.#disk.close();
  }

  /** A name for an account or a relay by which rows are found and that tells nobody else. */
  blind(key: Bytes): string {
    const plain = hex(key);
    let name = this.#names.get(plain);
    if (name === undefined) {
      name = hex(hmac(sha256, this.#blindKey, key).subarray(0, 16));
      this.#names.set(plain, name);
    }
    return name;
  }

  /** Read what belongs together. Throws `StorageError`. */
  async read<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    return (await this.#run("readonly", body))[0];
  }

  /**
   * Everything that the body writes is on disk when this resolves, or none of it.
   * Throws `DiskFull` or another `StorageError`; nothing was changed then.
   */
  async write<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    const [value, after] = await this.#run("readwrite", body);
    for (const action of after) action();
    return value;
  }

  async #run<T>(
    mode: IDBTransactionMode,
    body: (tx: Tx) => Promise<T>,
  ): Promise<[T, readonly Action[]]> {
    let transaction: IDBTransaction;
    try {
      const options = { durability: "strict" } as const;
      transaction = this.#disk.transaction([...TABLES], mode, options);
    } catch (error) {
      throw translated(error);
    }
    const ended = end(transaction);
    const tx = new Tx(transaction, this, this.#key);
    try {
      const value = await body(tx);
      await tx.finish();
      await ended;
      return [value, tx.after];
    } catch (error) {
      abort(transaction);
      await ended.catch(() => undefined);
      if (transaction.error) throw translated(transaction.error);
      throw error instanceof DOMException ? translated(error) : error;
    }
  }
}

function end(transaction: IDBTransaction): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(translated(transaction.error ?? new DOMException("", "AbortError")));
    };
  });
  ended.catch(() => undefined);
  return ended;
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    return; // it has ended already
  }
}

/** One transaction; of no use after its body has returned. */
export class Tx {
  readonly db: Database;
  readonly after: Action[] = [];
  readonly #idb: IDBTransaction;
  readonly #key: Bytes;
  readonly #touched = new Set<string>();
  readonly #last = new Map<string, () => Promise<void>>();

  constructor(idb: IDBTransaction, db: Database, key: Bytes) {
    this.#idb = idb;
    this.db = db;
    this.#key = key;
  }

  /** Do something once what was written is on disk. */
  afterCommit(action: Action): void {
    this.after.push(action);
  }

  /** Note that what is shown of a conversation, given in hexadecimal, may have changed. */
  touch(conversation: string): void {
    this.#touched.add(conversation);
  }

  /** Do something once, under a name, when all is written and not yet committed. */
  atLast(name: string, action: () => Promise<void>): void {
    if (!this.#last.has(name)) this.#last.set(name, action);
  }

  /** Settle what was touched. */
  async finish(): Promise<void> {
    for (const conversation of this.#touched)
      for (const settle of this.db.settled) await settle(this, conversation);
    for (const action of this.#last.values()) await action();
  }

  /** Return one row by its key. */
  async get(table: Table, key: Key): Promise<Row | null> {
    return this.#open(table, await done(this.#table(table).get(key)));
  }

  /** Return the first row of an index at a key or in a range. */
  async first(
    table: Table,
    index: string,
    key: Key | IDBKeyRange,
  ): Promise<Row | null> {
    return this.#open(table, await done(this.#table(table).index(index).get(key)));
  }

  /** Return rows in order of their keys, or of an index. */
  async all(
    table: Table,
    index: string | null = null,
    range: Key | IDBKeyRange | null = null,
    limit?: number,
  ): Promise<Row[]> {
    const source =
      index === null ? this.#table(table) : this.#table(table).index(index);
    const found: unknown[] = await done(source.getAll(range, limit));
    return found.flatMap((one) => this.#open(table, one) ?? []);
  }

  /** Return up to `limit` rows from the end of a range, the last one first. */
  async latest(
    table: Table,
    index: string | null,
    range: IDBKeyRange | null,
    limit: number,
  ): Promise<Row[]> {
    const source =
      index === null ? this.#table(table) : this.#table(table).index(index);
    const request = source.openCursor(range, "prev");
    const found: Row[] = [];
    while (found.length < limit) {
      const cursor = await done(request);
      if (!cursor) break;
      const row = this.#open(table, cursor.value);
      if (row) found.push(row);
      cursor.continue();
    }
    return found;
  }

  /** Return what the keys of a table begin with, each once; no row is read for it. */
  async beginnings(table: Table): Promise<string[]> {
    const request = this.#table(table).openKeyCursor();
    const found: string[] = [];
    for (;;) {
      const cursor = await done(request);
      if (!cursor) return found;
      const [first] = cursor.key as [string];
      found.push(first);
      // A list comes after every number and text.
      cursor.continue([first, []]);
    }
  }

  /** Return how many rows of an index are in a range. */
  count(table: Table, index: string, range: Key | IDBKeyRange): Promise<number> {
    return done(this.#table(table).index(index).count(range));
  }

  /** Write a row, in place of one of the same key; return the key. */
  put(
    table: Table,
    fields: Fields,
    secret: readonly Value[],
    data: Bytes | null = null,
  ): Promise<Key> {
    const nonce = entropy(NONCE);
    const plain = encode(secret);
    const sealed = concat(
      nonce,
      encrypt(this.#key, nonce, plain, bound(table, fields)),
    );
    const record = data ? { ...fields, sealed, data } : { ...fields, sealed };
    return done(this.#table(table).put(record));
  }

  /** Delete a row, or all in a range of keys. */
  async delete(table: Table, key: Key | IDBKeyRange): Promise<void> {
    await done(this.#table(table).delete(key));
  }

  /** Delete every row of an index that is at a key or in a range. */
  async deleteAll(
    table: Table,
    index: string,
    range: Key | IDBKeyRange,
  ): Promise<void> {
    const store = this.#table(table);
    const keys = await done(store.index(index).getAllKeys(range));
    for (const key of keys) await done(store.delete(key));
  }

  #table(table: Table): IDBObjectStore {
    return this.#idb.objectStore(table);
  }

  #open(table: Table, record: unknown): Row | null {
    if (record === undefined) return null;
    if (typeof record !== "object" || record === null) throw damaged();
    const { sealed, data, ...fields } = record as Record<string, unknown>;
    if (!(sealed instanceof Uint8Array)) throw damaged();
    const plain = decrypt(
      this.#key,
      sealed.subarray(0, NONCE),
      sealed.subarray(NONCE),
      bound(table, fields as Fields),
    );
    return {
      fields: fields as Fields,
      secret: values(plain),
      data: data instanceof Uint8Array ? (data as Bytes) : null,
    };
  }
}

function values(plain: Bytes | null): readonly Value[] {
  try {
    const read = plain && decode(plain);
    if (read !== null && isArray(read)) return read;
  } catch {
    // What was sealed here cannot be read: another program wrote it.
  }
  throw damaged();
}

/** What a sealed row is bound to: its table and its fields, but not a number given later. */
function bound(table: Table, fields: Fields): Bytes {
  const names = Object.keys(fields).filter((name) => name !== NUMBERED);
  names.sort();
  return utf8(JSON.stringify([table, ...names.map((name) => [name, fields[name]])]));
}
