/**
 * The key of the store: in clear, or wrapped under a passphrase (spec/identity.md §7).
 * The database has a random key that never changes; a passphrase only opens it.
 */

import { type Bytes, concat, utf8 } from "../../bytes.ts";
import { StorageError, UsageError } from "../../errors.ts";
import { decrypt, encrypt, type Entropy } from "../core/gcm.ts";
import { stretching } from "../later.ts";
import { done, translated } from "./disk.ts";
import type { Cost } from "./stretching.ts";

const MEMORY_KIB = 64 * 1024;
const PASSES = 3;
/** RFC 9106 §4, second recommended option. */
const LANES = 4;
const VERSION = 1;
const CONTEXT = utf8("Linnet vault 1");
const NAME = "vault";

/** A key wrapped under Argon2id of a secret. */
export interface Wrapped extends Cost {
  readonly salt: Bytes;
  /** Nonce and ciphertext. */
  readonly key: Bytes;
}

interface Vault {
  readonly id: string;
  readonly version: number;
  readonly key?: Bytes;
  readonly wrapped?: Wrapped;
}

/** Whether there is an account, and whether a passphrase is needed to open it. */
export async function vaultState(
  disk: IDBDatabase,
): Promise<"missing" | "open" | "locked"> {
  const vault = await read(disk);
  if (!vault) return "missing";
  return vault.key ? "open" : "locked";
}

/** Make a key for a new store and keep it; "" for no passphrase. */
export async function createVault(
  disk: IDBDatabase,
  passphrase: string,
  entropy: Entropy,
): Promise<Bytes> {
  const key = entropy(32);
  await writeVault(disk, key, passphrase, entropy);
  return key;
}

/** Put the key behind a passphrase, behind another one, or (with "") behind none. */
export async function writeVault(
  disk: IDBDatabase,
  key: Bytes,
  passphrase: string,
  entropy: Entropy,
): Promise<void> {
  const opened = passphrase
    ? { wrapped: await wrap(key, utf8(passphrase), entropy) }
    : { key };
  await change(disk, (vaults) => vaults.put({ id: NAME, version: VERSION, ...opened }));
}

/** Return the store's key. Throws `UsageError` for a wrong passphrase, else `StorageError`. */
export async function openVault(disk: IDBDatabase, passphrase: string): Promise<Bytes> {
  const vault = await read(disk);
  if (!vault) throw new UsageError("no account");
  if (vault.version !== VERSION) throw new StorageError("store newer");
  if (vault.key) return vault.key;
  if (!vault.wrapped) throw broken();
  if (!passphrase) throw new UsageError("passphrase needed");
  return unwrap(vault.wrapped, utf8(passphrase));
}

/** Destroy the key: what is left is noise. */
export async function eraseVault(disk: IDBDatabase): Promise<void> {
  await change(disk, (vaults) => vaults.clear());
}

/** Encrypt a key under Argon2id of a secret. */
export async function wrap(
  key: Bytes,
  secret: Uint8Array,
  entropy: Entropy,
): Promise<Wrapped> {
  const salt = entropy(16);
  const nonce = entropy(12);
  const cost = { memoryKib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt };
  const sealed = encrypt(await stretch(cost, secret), nonce, key, CONTEXT);
  return { ...cost, key: concat(nonce, sealed) };
}

/** Decrypt what `wrap` made. Throws `UsageError` for another secret, else `StorageError`. */
export async function unwrap(wrapped: Wrapped, secret: Uint8Array): Promise<Bytes> {
  const { memoryKib, passes, lanes } = wrapped;
  const isSound =
    // A hostile record must not take all the memory there is.
    [memoryKib, passes, lanes].every((one) => Number.isSafeInteger(one)) &&
    lanes >= 1 &&
    lanes <= 64 &&
    memoryKib >= 8 * lanes &&
    memoryKib <= 2 ** 21 &&
    passes >= 1 &&
    passes <= 64;
  if (!isSound) throw broken();
  const key = decrypt(
    await stretch(wrapped, secret),
    wrapped.key.subarray(0, 12),
    wrapped.key.subarray(12),
    CONTEXT,
  );
  if (!key) throw new UsageError("passphrase wrong");
  return key;
}

async function stretch(cost: Cost, secret: Uint8Array): Promise<Uint8Array> {
  const { stretch: by } = await stretching();
  return by(cost, secret);
}

async function read(disk: IDBDatabase): Promise<Vault | null> {
  let found: unknown;
  try {
    found = await done(disk.transaction(NAME).objectStore(NAME).get(NAME));
  } catch (error) {
    throw translated(error);
  }
  if (found === undefined) return null;
  const vault = found as Vault;
  const isSound =
    vault.key instanceof Uint8Array || vault.wrapped?.key instanceof Uint8Array;
  if (!isSound) throw broken();
  return vault;
}

async function change(
  disk: IDBDatabase,
  body: (vaults: IDBObjectStore) => IDBRequest,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: unknown): void => {
      reject(translated(error));
    };
    try {
      const tx = disk.transaction(NAME, "readwrite", { durability: "strict" });
      tx.oncomplete = () => {
        resolve();
      };
      tx.onabort = () => {
        failed(tx.error);
      };
      body(tx.objectStore(NAME));
    } catch (error) {
      failed(error);
    }
  });
}

function broken(): StorageError {
  return new StorageError("key damaged");
}
