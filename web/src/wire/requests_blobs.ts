/** What a client asks of a relay about blobs (spec/wire.md §6). */
import { data, struct, u32, u64 } from "./fields.ts";
import { b32 } from "./requests.ts";

/** Names no stream: the session's own pass pays for the blob. */
export const BY_PASS = 0;

/** The fields of each request, behind its header. */
export const BLOB_REQUESTS = {
  /** Announce a blob of a known size; the same request again changes nothing. */
  BlobCreate: struct({ blob: b32, size: u64, deleteHash: b32, handle: u32 }),
  /** Add the piece that begins where the relay's bytes end. */
  BlobPut: struct({ blob: b32, offset: u64, data }),
  /** How much of a blob does the relay hold? */
  BlobStat: struct({ blob: b32 }),
  /** Read a piece of a complete blob. */
  BlobGet: struct({ blob: b32, offset: u64, length: u32 }),
  /** Forget a blob. */
  BlobDelete: struct({ blob: b32, deleteToken: b32 }),
};
