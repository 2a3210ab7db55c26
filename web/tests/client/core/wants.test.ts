import { expect, test } from "vitest";

import { concat } from "../../../src/bytes.ts";
import { packRejoin, unpackRejoin } from "../../../src/client/core/staging.ts";
import { recordOf, type Want, wantOf } from "../../../src/client/core/wants.ts";

const entropy = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const RELAY = {
  key: entropy(32),
  addresses: [{ road: 1, host: "relay.example", port: 443, path: "", cover: "" }],
};

test("wants and invitations come back from the store as they were", () => {
  const account = entropy(32);
  const wants: Want[] = [
    { kind: "member", account, package: null },
    { kind: "gone", account },
    { kind: "title", title: "Owls" },
    { kind: "admin", account, isAdmin: false },
    { kind: "move", relay: RELAY, stream: entropy(16) },
    { kind: "name", name: "Ann" },
    { kind: "fresh" },
  ];
  for (const want of wants) expect(wantOf(recordOf(want))).toEqual(want);
  const record = { kind: "wish", subject: account, data: account };
  expect(() => wantOf(record)).toThrow("unknown kind");
  const rejoin = {
    group: concat(account, account),
    sequence: 7,
    envelope: entropy(16),
  };
  expect(unpackRejoin(packRejoin(rejoin))).toEqual(rejoin);
  expect(() => unpackRejoin(Uint8Array.of(0))).toThrow("cannot be read");
});
