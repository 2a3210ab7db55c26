/** Alice, Bob and Carol in one group. Alice and Bob may cheat; Carol judges. */
import { utf8, type Bytes } from "../../src/bytes.ts";
import {
  ExternalPsk,
  PreSharedKey,
  type Group,
  type Proposal,
} from "../../src/mls/index.ts";
import { PskId } from "../../src/mls/psks.ts";
import { forge, type Bend } from "./insider.ts";
import { gather, processed } from "./people.ts";

/** A type that only those understand who say so. */
export const PRIVATE = 0xf0a1;
/** A pre-shared key that Alice and Carol know. */
export const KNOWN = [[new ExternalPsk(utf8("known")), utf8("key")]] as const;
/** Where the first two sit. */
export const [ALICE, BOB] = [0, 1];
/** Their groups: values, so nobody can spoil them for the next test. */
export const [alice, bob, carol] = (await gather(["alice", "bob", "carol"])) as [
  Group,
  Group,
  Group,
];

/** Propose the key that Alice and Carol know. */
export function psk(nonce: Bytes = new Uint8Array(32)): PreSharedKey {
  return new PreSharedKey(new PskId(new ExternalPsk(utf8("known")), nonce));
}

/** Alice commits these; Carol judges, or somebody in her place. */
export async function judge(
  proposals: readonly Proposal[],
  bend: Bend = {},
  judging = carol,
): Promise<Group> {
  const message = await forge(alice, proposals, bend, { psks: KNOWN });
  return processed(judging, message, KNOWN);
}
