/**
 * What MLS costs in this Node, beside ts-mls 1.6.4 (`npm ci` in `peers` first):
 *
 *     npx rolldown bench/mls.ts -p node -d dist/bench && node dist/bench/mls.js
 *
 * Medians of milliseconds of processor time, all threads together, so that neighbours do
 * not count. A steady group is one in which half of the members have
 * committed, so that every node of the tree has a key.
 */
import { HYBRID, Suite } from "../src/mls/index.ts";
import { ourSide, theirSide, type Opaque, type Side } from "./mls-sides.ts";

const GOAL = 3;
const SUITES = [
  ["hybrid", HYBRID, "MLS_256_XWING_AES256GCM_SHA512_Ed25519"],
  ["suite 1", Suite.fromId(1), "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"],
] as const;

/** One row: how often each side runs it, and what is run. */
interface Row {
  readonly name: string;
  readonly times: number;
  readonly run: () => Promise<unknown>;
}

async function rows(side: Side): Promise<readonly Row[]> {
  const people = await Promise.all(
    Array.from({ length: 131 }, (_, number) => side.person(`p${number}`)),
  );
  const messages = people.map((person) => person.message);
  const alone = await side.create((await side.person("creator")).own);
  const hundred = await side.commit(alone, messages.slice(0, 100));
  const [committer, reader] = await steady(side, alone, people.slice(100));
  const commit = await side.commit(committer, []);
  const kilobyte = new Uint8Array(1024);
  const sent = await side.encrypt(committer, kilobyte);
  return [
    { name: "key package", times: 11, run: () => side.person("fresh") },
    {
      name: "commit adding 1",
      times: 11,
      run: () => side.commit(alone, messages.slice(0, 1)),
    },
    {
      name: "commit adding 100",
      times: 3,
      run: () => side.commit(alone, messages.slice(0, 100)),
    },
    {
      name: "join a group of 101",
      times: 5,
      run: () => side.join(hundred.welcome ?? kilobyte, people[0]?.own),
    },
    {
      name: "steady commit, 32 members",
      times: 11,
      run: () => side.commit(committer, []),
    },
    {
      name: "steady process, 32 members",
      times: 11,
      run: () => side.process(reader, commit.message),
    },
    { name: "encrypt 1 KB", times: 31, run: () => side.encrypt(committer, kilobyte) },
    {
      name: "decrypt 1 KB",
      times: 31,
      run: () => side.process(reader, sent.message),
    },
  ];
}

/** A group whose tree is filled, seen by its creator and by its last member. */
async function steady(
  side: Side,
  alone: Opaque,
  people: readonly { message: Uint8Array; own: Opaque }[],
): Promise<readonly [Opaque, Opaque]> {
  const added = await side.commit(
    alone,
    people.map((person) => person.message),
  );
  const groups = [added.next];
  for (const { own } of people)
    groups.push(await side.join(added.welcome ?? new Uint8Array(), own));
  const last = groups.length - 1;
  for (const author of [...groups.keys()].filter((at) => at % 2 === 0)) {
    const made = await side.commit(groups[author], []);
    for (const at of groups.keys())
      groups[at] =
        at === author ? made.next : await side.process(groups[at], made.message);
  }
  return [groups[0], groups[last]];
}

async function milliseconds(run: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function compare(name: string, suite: Suite, theirName: string): Promise<void> {
  // Where it is not installed there are no types to check it by.
  const path = new URL("../peers/node_modules/ts-mls/dist/src/index.js", root());
  const library: unknown = await import(path.href);
  const ours = await rows(ourSide(suite));
  const theirs = await rows(await theirSide(library, theirName));
  console.log(`\n${name.padEnd(28)} linnet   ts-mls  ratio`);
  for (const [at, row] of ours.entries()) {
    const other = theirs[at] as Row;
    const [mine, others]: [number[], number[]] = [[], []];
    await row.run();
    for (let time = 0; time < row.times; time++) {
      mine.push(await milliseconds(row.run));
      others.push(await milliseconds(other.run));
    }
    const [a, b] = [median(mine), median(others)];
    const verdict = b / a >= GOAL ? "" : `  below ${GOAL}`;
    const figures = `${a.toFixed(2).padStart(6)} ${b.toFixed(2).padStart(8)}`;
    const ratio = (b / a).toFixed(1).padStart(6);
    console.log(`${row.name.padEnd(28)} ${figures} ${ratio}${verdict}`);
  }
}

/** The folder `web/bench` as a URL, wherever the bundle was written. */
function root(): string {
  return `file://${process.cwd()}/bench/`;
}

for (const [name, suite, theirName] of SUITES) await compare(name, suite, theirName);
