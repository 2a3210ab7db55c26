/**
 * The browser's database: opened, upgraded, erased, and its failures as sentences.
 *
 * Knows IndexedDB; knows neither keys nor what rows mean.
 */

import { BugError, DiskFull, LinnetError, StorageError } from "../../errors.ts";
import { upgrade, VERSION } from "./schema.ts";

export const DATABASE = "linnet";

const NO_STORAGE =
  "This browser lets the page store nothing, so Linnet cannot keep keys or messages. " +
  "Leave private browsing, or allow this page to store data.";

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
      reject(
        new StorageError(
          "Another tab holds an older version of Linnet; close it and try again.",
        ),
      );
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
  if (!found) throw new StorageError(NO_STORAGE);
  return found;
}

/** Return what a failure of the database is to a person. */
export function translated(error: unknown): LinnetError {
  if (error instanceof LinnetError) return error;
  const name = error instanceof Error ? error.name : "";
  if (name === "QuotaExceededError")
    return new DiskFull(
      "There is no room left for Linnet on this device: the last change was not made, " +
        "what was there is safe. Free some space and try again.",
    );
  if (name === "VersionError")
    return new StorageError(
      "This account was used with a newer Linnet; load the page anew to update.",
    );
  if (name === "InvalidStateError" || name === "AbortError")
    return new StorageError(
      "The browser closed Linnet's storage; nothing was changed. Load the page anew.",
    );
  if (name === "SecurityError") return new StorageError(NO_STORAGE);
  if (!(error instanceof Error) || error instanceof DOMException)
    return new StorageError(
      `The store failed (${name || "unknown"}); nothing was changed.`,
    );
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
