/** What a client asks of a relay about pushes (spec/wire.md §9). */
import { checked, rest, struct, u32 } from "./fields.ts";
import { MAX_ENDPOINT } from "./tables.ts";

const endpoint = checked(
  rest,
  (url) =>
    url.length > 0 &&
    url.length <= MAX_ENDPOINT &&
    url.every((one) => one > 0x20 && one < 0x7f),
  "An endpoint is too long, or has a character no URL has.",
);

/** The fields of each request, behind its header. */
export const PUSH_REQUESTS = {
  /** Does the relay push, and under which key? */
  Pushes: struct({}),
  /** Push when something is stored in a stream while nobody follows it. */
  Watch: struct({ handle: u32, seconds: u32, endpoint }),
  /** No more pushes about a stream. */
  Unwatch: struct({ handle: u32, endpoint }),
};
