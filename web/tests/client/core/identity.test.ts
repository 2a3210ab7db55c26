import { expect, test } from "vitest";

import { fromHex, hex, utf8 } from "../../../src/bytes.ts";
import {
  accountOf,
  certify,
  decodeName,
  encodeName,
  fingerprint,
  parseCredential,
  verifyCredential,
} from "../../../src/client/core/identity.ts";
import {
  inviteKeys,
  ownerKeys,
  streamControlToken,
} from "../../../src/client/core/keys.ts";
import { newPhrase, readPhrase } from "../../../src/client/core/phrase.ts";
import {
  decodePost,
  encodePost,
  sealPackage,
  sealPost,
  unsealPackage,
  unsealPost,
} from "../../../src/client/core/posts.ts";
import { safetyNumber } from "../../../src/client/core/safety.ts";
import { parseInviteLink, writeInviteLink } from "../../../src/wire/invites.ts";
import { RELAY_DESCRIPTOR } from "../../../src/wire/links.ts";
import { constant, errorOf, vectors } from "./rows.ts";

const file = vectors("identity") as {
  account: { seed: string; key: string };
  credentials: {
    name: string;
    credential: string;
    signature_key: string;
    account: string | null;
    device: string | null;
    error: string | null;
  }[];
  names: { bytes: string; name: string | null; error: string | null }[];
  invites: {
    name: string;
    link: string;
    account?: string;
    secret?: string;
    display_name?: string;
    relays?: string[];
    error: string | null;
  }[];
  derived: Record<string, string>;
  safety_numbers: { one: string; other: string; digits: string }[];
  phrases: {
    entropy?: string;
    phrase?: string;
    typed?: string;
    secret?: string | null;
    error?: string | null;
  }[];
  sealed: {
    what: string;
    name: string;
    envelope: string;
    sealed: string;
    body: string | null;
    error: string | null;
  }[];
};

const derived = Object.fromEntries(
  Object.entries(file.derived).map(([name, digits]) => [name, fromHex(digits)]),
);
const from = (name: string) => derived[name]!;

test("an account's key comes of its seed", async () => {
  const account = await accountOf(fromHex(file.account.seed));
  expect(hex(account.key)).toBe(file.account.key);
  expect(fingerprint(account.key)).toBe(file.account.key.slice(0, 12));
});

test.each(file.credentials)("a device's credential: $name", async (row) => {
  const check = () =>
    verifyCredential(
      parseCredential(fromHex(row.credential)),
      fromHex(row.signature_key),
    );
  expect(await errorOf(check)).toBe(row.error);
  if (row.error !== null) return;
  const device = await check();
  expect(hex(device.account)).toBe(row.account);
  expect(hex(device.id)).toBe(row.device);
  const account = await accountOf(fromHex(file.account.seed));
  const made = await certify(account, device.id, fromHex(row.signature_key));
  expect(hex(made)).toBe(row.credential);
});

test.each(file.names)("a name $bytes", async (row) => {
  const data = fromHex(row.bytes);
  expect(await errorOf(() => decodeName(data))).toBe(row.error);
  if (row.name !== null) {
    expect(decodeName(data)).toBe(row.name);
    expect(hex(encodeName(row.name))).toBe(row.bytes);
  }
});

test("a name that cannot be is refused with a sentence for whoever typed it", () => {
  expect(() => encodeName("\ud800")).toThrow("A name has 1 to 64 bytes");
  expect(() => encodeName("")).toThrow("A name has 1 to 64 bytes");
});

test.each(file.invites)("an invite link: $name", async (row) => {
  expect(await errorOf(() => parseInviteLink(row.link))).toBe(row.error);
  if (row.error !== null) return;
  const link = parseInviteLink(row.link);
  expect(hex(link.account)).toBe(row.account);
  expect(hex(link.secret)).toBe(row.secret);
  expect(link.name).toBe(row.display_name);
  expect(link.relays.map((one) => hex(RELAY_DESCRIPTOR.write(one)))).toEqual(
    row.relays,
  );
  expect(writeInviteLink(link)).toBe(row.link.replace(/\s/g, ""));
});

test("everything of an invite and its owner comes of two secrets and the relay's key", () => {
  const invite = inviteKeys(from("invite_secret"), from("relay_key"));
  const owner = ownerKeys(from("owner_secret"), from("relay_key"), invite.inbox);
  expect(hex(invite.inbox)).toBe(file.derived.inbox);
  expect(hex(invite.appendToken)).toBe(file.derived.append_token);
  expect(hex(invite.inboxKey)).toBe(file.derived.inbox_key);
  expect(hex(invite.shelf)).toBe(file.derived.shelf);
  expect(hex(invite.claimToken)).toBe(file.derived.claim_token);
  expect(hex(invite.shelfKey)).toBe(file.derived.shelf_key);
  expect(hex(owner.readToken)).toBe(file.derived.read_token);
  expect(hex(owner.controlToken)).toBe(file.derived.control_token);
  expect(hex(owner.shelfToken)).toBe(file.derived.shelf_token);
  const control = streamControlToken(
    from("owner_secret"),
    from("relay_key"),
    from("stream"),
  );
  expect(hex(control)).toBe(file.derived.stream_control_token);
});

test.each(file.safety_numbers)("a safety number of $one", (row) => {
  expect(safetyNumber(fromHex(row.one), fromHex(row.other))).toBe(row.digits);
  expect(safetyNumber(fromHex(row.other), fromHex(row.one))).toBe(row.digits);
});

test("an account has no safety number with itself", () => {
  expect(() => safetyNumber(new Uint8Array(32), new Uint8Array(32))).toThrow("itself");
});

test.each(file.phrases)("a recovery phrase: $typed$phrase", async (row) => {
  if (row.entropy !== undefined) {
    expect(newPhrase(constant(row.entropy))).toBe(row.phrase);
    return;
  }
  const typed = row.typed ?? "";
  expect(await errorOf(() => readPhrase(typed))).toBe(row.error);
  if (row.error === null) expect(readPhrase(typed)).toEqual(utf8(row.secret ?? ""));
});

test.each(file.sealed)("a sealed $what: $name", async (row) => {
  const keys = inviteKeys(from("invite_secret"), from("relay_key"));
  const [sealed, envelope] = [fromHex(row.sealed), fromHex(row.envelope)];
  const nonce = constant(row.sealed.slice(0, 24));
  const isPost = row.what === "post";
  const open = () =>
    isPost
      ? unsealPost(keys.inboxKey, keys.inbox, envelope, sealed)
      : unsealPackage(keys.shelfKey, keys.shelf, sealed);
  expect(await errorOf(open)).toBe(row.error);
  if (row.body === null) return;
  const body = fromHex(row.body);
  expect(open()).toEqual(body);
  const made = isPost
    ? sealPost(keys.inboxKey, keys.inbox, envelope, body, nonce)
    : sealPackage(keys.shelfKey, keys.shelf, body, nonce);
  expect(hex(made)).toBe(row.sealed);
  if (isPost) {
    const post = decodePost(body);
    expect(post.note).toBe("from the choir");
    expect(encodePost(post)).toEqual(body);
  }
});

test("a post that is another value is no invitation", () => {
  expect(() => decodePost(Uint8Array.of(0x80))).toThrow("no invitation");
});
