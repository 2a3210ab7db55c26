/**
 * The browser's database: opened, upgraded, erased, and its failures as sentences.
 *
 * Knows IndexedDB; knows neither keys nor what rows mean.
 */

import { BugError, DiskFull, LinnetError, StorageError } from "../../errors.ts";
import { upgrade, VERSION } from "./schema.ts";

export const DATABASE = "linnet";

/** Open the database of an account, made or upgraded as needed; throws `StorageError`. */
export function openDisk(name = DATABASE, version = VERSION): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory().open(name, version);
    request.onupgradeneeded = (event) => {
      upgrade(request.result, event.oldVersion, version);
    };
    request.onsuccess = () => {
      const disk = request.result;
      // Another tab erases or upgrades; it must not wait for this one.
      disk.onversionchange = () => {
        disk.close();
      };
      resolve(disk);
    };
    request.onerror = () => {
      reject(translated(request.error));
    };
    request.onblocked = () => {
      reject(new StorageError("store older tab"));
    };
  });
}

/** Erase everything; the vault's key must be gone before (see `eraseVault`). */
export function eraseDisk(name = DATABASE): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = factory().deleteDatabase(name);
    request.onsuccess = () => {
      resolve();
    };
    request.onerror = () => {
      reject(translated(request.error));
    };
    // Whoever still has it open closes it; the erasure goes on then.
    request.onblocked = null;
  });
}

function factory(): IDBFactory {
  const found = (globalThis as { indexedDB?: IDBFactory }).indexedDB;
  if (!found) throw new StorageError("store none");
  return found;
}

/** Return what a failure of the database is to a person. */
export function translated(error: unknown): LinnetError {
  if (error instanceof LinnetError) return error;
  const name = error instanceof Error ? error.name : "";
  if (name === "QuotaExceededError") return new DiskFull("store full");
  if (name === "VersionError") return new StorageError("store newer");
  if (name === "InvalidStateError" || name === "AbortError")
    return new StorageError("store closed");
  if (name === "SecurityError") return new StorageError("store none");
  if (!(error instanceof Error) || error instanceof DOMException)
    return new StorageError("store failed", { name: name || "?" });
  return new BugError(`Something unexpected happened in the store (${name}).`, {
    cause: error,
  });
}

/** Wait for one request; fails with the database's own error. */
export function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(translated(request.error));
    };
  });
}
