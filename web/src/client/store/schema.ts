/** The object stores of an account's database, as upgrades that are never changed once released. */

/** What an index is over: one field, or several in order. */
type Index = readonly [
  name: string,
  fields: string | readonly string[],
  unique?: "unique",
];

interface Shape {
  readonly table: Table;
  /** The fields of a row that name it; "number" is given by the database. */
  readonly key: string | readonly string[];
  readonly indexes?: readonly Index[];
}

/** Rows whose order is that of their making have their number from the database. */
export const NUMBERED = "number";

const FIRST: readonly Shape[] = [
  { table: "vault", key: "id" },
  { table: "meta", key: "key" },
  { table: "relays", key: NUMBERED, indexes: [["key", "key", "unique"]] },
  {
    table: "packages",
    key: NUMBERED,
    indexes: [
      ["reference", "reference", "unique"],
      ["relay", "relay"],
    ],
  },
  { table: "contacts", key: "account" },
  { table: "conversations", key: NUMBERED, indexes: [["id", "id", "unique"]] },
  { table: "groups", key: "conversation" },
  { table: "ratchets", key: "conversation" },
  { table: "members", key: ["conversation", "account"] },
  { table: "epochs", key: ["conversation", "epoch"] },
  {
    table: "envelopes",
    key: ["conversation", "id"],
    indexes: [
      ["inOrder", ["conversation", "sequence"]],
      ["missed", ["conversation", "missed", "sequence"]],
    ],
  },
  {
    table: "messages",
    key: NUMBERED,
    indexes: [
      ["id", ["conversation", "id"], "unique"],
      ["inOrder", ["conversation", "place", "number"]],
      ["asTheyCame", ["conversation", "arrival"]],
      ["unseen", ["conversation", "unseen"]],
      ["named", ["conversation", "named"]],
      ["unstarted", ["conversation", "unstarted"]],
      ["expiring", "expiresAt"],
    ],
  },
  {
    table: "reactions",
    key: ["conversation", "mimi"],
    indexes: [["target", ["conversation", "target"]]],
  },
  {
    table: "outbox",
    key: NUMBERED,
    indexes: [
      ["envelope", ["conversation", "envelope"], "unique"],
      ["state", ["conversation", "state", "number"]],
      ["everywhere", "state"],
    ],
  },
  {
    table: "sent",
    key: ["conversation", "envelope"],
    indexes: [["replaces", ["conversation", "replaces"]]],
  },
  { table: "intents", key: NUMBERED, indexes: [["conversation", "conversation"]] },
  {
    table: "posts",
    key: NUMBERED,
    indexes: [
      ["envelope", "envelope", "unique"],
      ["state", "state"],
      ["relay", "relay"],
    ],
  },
  {
    table: "transfers",
    key: ["conversation", "message", "isUpload"],
    indexes: [["state", ["isUpload", "state"]]],
  },
];

const SECOND: readonly Shape[] = [
  { table: "pieces", key: ["blob", "piece"] },
  { table: "pins", key: ["conversation", "message"] },
  { table: "devices", key: "id" },
];

/** What each version adds to the one before. */
export const UPGRADES: readonly (readonly Shape[])[] = [FIRST, SECOND];
export const VERSION = UPGRADES.length;

export type Table =
  | "vault"
  | "meta"
  | "relays"
  | "packages"
  | "contacts"
  | "conversations"
  | "groups"
  | "ratchets"
  | "members"
  | "epochs"
  | "envelopes"
  | "messages"
  | "reactions"
  | "outbox"
  | "sent"
  | "intents"
  | "posts"
  | "transfers"
  | "pieces"
  | "pins"
  | "devices";

/** Every object store but the vault, which is read before there is a key. */
export const TABLES: readonly Table[] = UPGRADES.flat()
  .map((shape) => shape.table)
  .filter((table) => table !== "vault");

/** The tables whose rows name a conversation and end with it. */
export const OF_A_CONVERSATION: readonly Table[] = UPGRADES.flat()
  .filter((shape) => Array.isArray(shape.key) && shape.key[0] === "conversation")
  .map((shape) => shape.table);

/** Bring a database from a version to a later one. */
export function upgrade(database: IDBDatabase, from: number, to: number): void {
  for (const shape of UPGRADES.slice(from, to).flat()) {
    const isNumbered = shape.key === NUMBERED;
    const table = database.createObjectStore(shape.table, {
      keyPath: typeof shape.key === "string" ? shape.key : [...shape.key],
      autoIncrement: isNumbered,
    });
    for (const [name, fields, unique] of shape.indexes ?? [])
      table.createIndex(name, typeof fields === "string" ? fields : [...fields], {
        unique: unique !== undefined,
      });
  }
}
