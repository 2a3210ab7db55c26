/** What a client asks of a relay about shelves of key packages (spec/wire.md §5). */
import { checked, flag, list, sized, struct, u16 } from "./fields.ts";
import { b16, b32 } from "./requests.ts";

const aPackage = checked(
  sized(4),
  (value) => value.length > 0,
  "A key package is empty.",
);

/** The fields of each request, behind its header. */
export const SHELF_REQUESTS = {
  /** Lay key packages on a shelf, which the first PUT creates. */
  ShelfPut: struct({
    shelf: b16,
    ownerToken: b32,
    claimHash: b32,
    replace: flag,
    lastResort: sized(4),
    packages: list(u16, aPackage),
  }),
  /** Take one key package; nobody else gets the same, except the last resort. */
  ShelfClaim: struct({ shelf: b16, claimToken: b32 }),
  /** How many key packages are left? */
  ShelfCount: struct({ shelf: b16, ownerToken: b32 }),
  /** Forget the shelf and all that lies on it. */
  ShelfDestroy: struct({ shelf: b16, ownerToken: b32 }),
};
