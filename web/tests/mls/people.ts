/** Alice, Bob and Carol in one group. Alice and Bob may cheat; Carol judges. */
import { expect } from "vitest";
import { utf8, type Bytes } from "../../src/bytes.ts";
import {
  Add,
  BasicCredential,
  Group,
  Identity,
  OwnKeyPackage,
  Settings,
  Suite,
  type Extensions,
  type KeyPackageOptions,
  type MLSError,
  type Psks,
  type SettingsFields,
} from "../../src/mls/index.ts";
import { entropy } from "./vector-cases.ts";

export const NOW = 1_700_000_000;
export const HOW = { now: NOW, entropy };
/** The fastest of our suites. */
export const SUITE = Suite.fromId(1);
export const settings = new Settings({ authenticate: () => undefined });

export function identity(name: string, suite = SUITE): Promise<Identity> {
  return Identity.generate(suite, new BasicCredential(utf8(name)), { entropy });
}

export async function keyPackage(
  name: string,
  options: KeyPackageOptions = {},
  suite = SUITE,
): Promise<OwnKeyPackage> {
  return OwnKeyPackage.generate(await identity(name, suite), { ...HOW, options });
}

/** A group that somebody made and invited others to; all of them, by their places. */
export async function gather(
  names: readonly string[],
  suite = SUITE,
  extensions: Extensions = [],
): Promise<Group[]> {
  const [first = "", ...others] = names;
  const options = { extensions };
  const owner = await identity(first, suite);
  const alone = await Group.create(utf8("a group"), owner, {
    ...HOW,
    settings,
    options,
  });
  const packages = await Promise.all(
    others.map((name) => keyPackage(name, { grease: false }, suite)),
  );
  const adds = packages.map((each) => new Add(each.public));
  const staged = await alone.commit(adds, HOW);
  const joined = packages.map((each) =>
    Group.join(staged.welcome!, [each], { settings }),
  );
  return [staged.current.accept(staged), ...(await Promise.all(joined))];
}

/** The group after a message. */
export async function processed(
  group: Group,
  message: Bytes,
  psks: Psks = [],
): Promise<Group> {
  return (await group.process(message, { now: NOW, psks })).group;
}

/** The same group under other settings. */
export function under(group: Group, fields: Partial<SettingsFields>): Promise<Group> {
  const other = new Settings({ authenticate: () => undefined, ...fields });
  const parts = [group.epochState(), group.ratchetState()] as const;
  return Group.restore(...parts, { settings: other });
}

/** Make sure that something is refused with this very error, for this very reason. */
export async function refused(
  doing: Promise<unknown>,
  kind: new (...args: never[]) => MLSError,
  says: string,
): Promise<void> {
  const error: unknown = await doing.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(kind);
  expect((error as Error).constructor).toBe(kind);
  expect((error as Error).message).toContain(says);
}

/** The same bytes with one bit of the last changed. */
export function flipped(bytes: Bytes): Bytes {
  return bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
}
