/** A fresh store in a browser's database of its own, for tests. */

import { IDBFactory, IDBKeyRange } from "fake-indexeddb";

import { type Bytes, utf8 } from "../../../src/bytes.ts";
import { PREFERENCES } from "../../../src/client/store/accounts.ts";
import { Database, entropy } from "../../../src/client/store/database.ts";
import { openDisk } from "../../../src/client/store/disk.ts";
import { openStore, type Store } from "../../../src/client/store/home.ts";
import type { NewMessage } from "../../../src/client/store/messages.ts";

/** Forget every database there is. */
export function freshDisks(): void {
  Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange });
}

/** Open a database under a key. */
export async function openDatabase(key: Bytes = new Uint8Array(32)): Promise<Database> {
  return new Database(await openDisk(), key);
}

/** Open a store that holds an account. */
export async function madeStore(): Promise<Store> {
  const db = await openDatabase();
  const { AccountTable } = await import("../../../src/client/store/accounts.ts");
  await db.write((tx) =>
    new AccountTable().save(tx, {
      account: { seed: entropy(32), key: entropy(32) },
      name: "Ada",
      ownerSecret: entropy(32),
      inviteSecret: entropy(32),
      credential: entropy(105),
      signaturePrivate: entropy(32),
      preferences: PREFERENCES,
    }),
  );
  return openStore(db);
}

/** Put a conversation without a group into a store; return its id. */
export async function addConversation(store: Store, memberCount = 2): Promise<Bytes> {
  const id = entropy(16);
  await store.db.write((tx) => {
    store.conversations.add(tx, {
      id,
      kind: 0,
      title: "",
      state: "active",
      relay: entropy(32),
      stream: entropy(16),
      createdAt: 1_000,
      memberCount,
    });
    return Promise.resolve();
  });
  return id;
}

/** A message of somebody; what `more` leaves out is ordinary. */
export function aMessage(text: string, more: Partial<NewMessage> = {}): NewMessage {
  const mimi = entropy(32);
  mimi[0] = 1;
  return {
    id: mimi.slice(1, 17),
    mimi,
    sender: utf8("somebody else, 32 bytes of a key"),
    time: 1_700_000_000_000,
    text,
    state: "received",
    ...more,
  };
}
