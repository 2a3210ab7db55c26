import { IDBObjectStore } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";

import { BugError, DiskFull, StorageError } from "../../../src/errors.ts";
import { Database } from "../../../src/client/store/database.ts";
import { eraseDisk, openDisk } from "../../../src/client/store/disk.ts";
import { freshDisks, openDatabase } from "./stores.ts";

const KEY = new Uint8Array(32);

beforeEach(freshDisks);

function raw(disk: IDBDatabase, key: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const request = disk.transaction("meta").objectStore("meta").get(key);
    request.onsuccess = () => {
      resolve(request.result as Record<string, unknown>);
    };
    request.onerror = () => {
      reject(new Error("no such row"));
    };
  });
}

function overwrite(disk: IDBDatabase, row: Record<string, unknown>): Promise<void> {
  return new Promise((resolve) => {
    const tx = disk.transaction("meta", "readwrite");
    tx.objectStore("meta").put(row);
    tx.oncomplete = () => {
      resolve();
    };
  });
}

describe("a transaction", () => {
  it("keeps all that its body wrote", async () => {
    const db = await openDatabase();
    await db.write(async (tx) => {
      await tx.put("meta", { key: "one" }, [1]);
      await tx.put("meta", { key: "two" }, ["zwei"]);
    });
    db.close();
    const again = await openDatabase();
    const rows = await again.read((tx) => tx.all("meta"));
    expect(rows.map((row) => row.secret)).toEqual([[1], ["zwei"]]);
  });

  it("leaves nothing when its body fails in the middle", async () => {
    const db = await openDatabase();
    let told = false;
    const failing = db.write(async (tx) => {
      tx.afterCommit(() => {
        told = true;
      });
      await tx.put("meta", { key: "one" }, [1]);
      throw new BugError("The machine stopped here.");
    });
    await expect(failing).rejects.toThrow("The machine stopped here.");
    expect(await db.read((tx) => tx.all("meta"))).toEqual([]);
    expect(told).toBe(false);
  });

  it("leaves nothing when the tab dies before it commits", async () => {
    const db = await openDatabase();
    await db.write((tx) => tx.put("meta", { key: "before" }, []));
    const dying = db.write(async (tx) => {
      await tx.put("meta", { key: "one" }, [1]);
      // What a killed tab is to IndexedDB: the connection goes with the transaction open.
      (tx as unknown as { db: Database }).db.disk.close();
      const all = [...db.disk.objectStoreNames];
      expect(all).toContain("meta");
      throw new DOMException("", "AbortError");
    });
    await expect(dying).rejects.toThrow(StorageError);
    const again = await openDatabase();
    const rows = await again.read((tx) => tx.all("meta"));
    expect(rows.map((row) => row.fields.key)).toEqual(["before"]);
  });

  it("tells what was to be told once it is on the disk, in order", async () => {
    const db = await openDatabase();
    const told: string[] = [];
    await db.write(async (tx) => {
      tx.afterCommit(() => told.push("first"));
      await tx.put("meta", { key: "one" }, []);
      tx.atLast("name", () => {
        told.push("at last");
        return Promise.resolve();
      });
      tx.atLast("name", () => {
        told.push("never");
        return Promise.resolve();
      });
      tx.afterCommit(() => told.push("second"));
      expect(told).toEqual([]);
    });
    expect(told).toEqual(["at last", "first", "second"]);
  });

  it("says in a sentence that there is no room, and changes nothing", async () => {
    const db = await openDatabase();
    let mend = (): void => undefined;
    const full = db.write(async (tx) => {
      await tx.put("meta", { key: "one" }, []);
      mend = fillDisk();
      await tx.put("meta", { key: "two" }, []);
    });
    await expect(full).rejects.toThrow(DiskFull);
    await expect(full).rejects.toThrow(/no room left.*what was there is safe/u);
    mend();
    expect(await db.read((tx) => tx.all("meta"))).toEqual([]);
  });
});

/** Let every further `put` meet a full disk, as a browser reports it. */
function fillDisk(): () => void {
  const prototype = IDBObjectStore.prototype as { put: unknown };
  const { put } = prototype;
  prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  return () => {
    prototype.put = put;
  };
}

describe("a row", () => {
  it("lies on the disk so that only its fields can be read", async () => {
    const db = await openDatabase();
    await db.write((tx) => tx.put("meta", { key: "name" }, ["a plain secret"]));
    const row = await raw(db.disk, "name");
    expect(Object.keys(row).sort()).toEqual(["key", "sealed"]);
    const bytes = Buffer.from(row.sealed as Uint8Array).toString("latin1");
    expect(bytes).not.toContain("a plain secret");
  });

  it("that was damaged is a named error", async () => {
    const db = await openDatabase();
    await db.write((tx) => tx.put("meta", { key: "name" }, ["x"]));
    const row = await raw(db.disk, "name");
    (row.sealed as Uint8Array).set([0xff], 14);
    await overwrite(db.disk, row);
    await expect(db.read((tx) => tx.get("meta", "name"))).rejects.toThrow(StorageError);
    await overwrite(db.disk, { key: "name" });
    await expect(db.read((tx) => tx.get("meta", "name"))).rejects.toThrow(/damaged/u);
  });

  it("that was put under another name is refused", async () => {
    const db = await openDatabase();
    await db.write((tx) => tx.put("meta", { key: "name" }, ["x"]));
    const row = await raw(db.disk, "name");
    await overwrite(db.disk, { ...row, key: "other" });
    await expect(db.read((tx) => tx.get("meta", "other"))).rejects.toThrow(/damaged/u);
  });

  it("cannot be read under another key", async () => {
    const db = await openDatabase(KEY);
    await db.write((tx) => tx.put("meta", { key: "name" }, ["x"]));
    const other = new Database(db.disk, new Uint8Array(32).fill(1));
    await expect(other.read((tx) => tx.get("meta", "name"))).rejects.toThrow(
      StorageError,
    );
  });
});

describe("the database", () => {
  it("of version 1 is brought up to date with all that is in it", async () => {
    const old = await openDisk("linnet", 1);
    expect([...old.objectStoreNames]).not.toContain("pieces");
    const tx = old.transaction("vault", "readwrite");
    tx.objectStore("vault").put({ id: "vault", version: 1, key: KEY });
    await new Promise((resolve) => {
      tx.oncomplete = resolve;
    });
    old.close();
    const disk = await openDisk();
    expect([...disk.objectStoreNames]).toContain("pieces");
    const db = new Database(disk, KEY);
    await db.write((one) => one.put("pins", { conversation: "a", message: "b" }, []));
    expect(await db.read((one) => one.all("pins"))).toHaveLength(1);
  });

  it("of a newer version is not opened", async () => {
    (await openDisk("linnet", 99)).close();
    await expect(openDisk()).rejects.toThrow(/newer Linnet/u);
  });

  it("says that a browser stores nothing", async () => {
    const kept = globalThis.indexedDB;
    Reflect.deleteProperty(globalThis, "indexedDB");
    try {
      await expect(async () => openDisk()).rejects.toThrow(
        /lets the page store nothing/u,
      );
    } finally {
      Object.assign(globalThis, { indexedDB: kept });
    }
  });

  it("is gone when it was erased, though another tab had it open", async () => {
    const db = await openDatabase();
    await db.write((tx) => tx.put("meta", { key: "name" }, ["x"]));
    await eraseDisk();
    const fresh = await openDatabase();
    expect(await fresh.read((tx) => tx.all("meta"))).toEqual([]);
  });
});
