/** Which check each file of official vectors gets; nothing here asks for Node. */
import type { Case, Check } from "./vector-cases.ts";
import * as groups from "./vectors-of-groups.ts";
import * as messages from "./vectors-of-messages.ts";
import * as primitives from "./vectors-of-primitives.ts";
import * as trees from "./vectors-of-trees.ts";

/** The categories, by the names of their files. */
export const CATEGORIES: Readonly<Record<string, Check>> = {
  "tree-math": trees.treeMath,
  "crypto-basics": primitives.cryptoBasics,
  deserialization: primitives.deserialization,
  "hpke-pq": primitives.hpkePq,
  "key-schedule": primitives.keySchedule,
  psk_secret: primitives.pskSecrets,
  "transcript-hashes": primitives.transcriptHashes,
  "secret-tree": messages.secretTree,
  "message-protection": messages.messageProtection,
  messages: messages.messages,
  "tree-operations": trees.treeOperations,
  "tree-validation": trees.treeValidation,
  treekem: trees.treekem,
  welcome: groups.welcome,
  "passive-client-welcome": groups.passiveClient,
  "passive-client-handling-commit": groups.passiveClient,
  "passive-client-random": groups.passiveClient,
};

const X_WING = 0x647a;
const SUITES: readonly unknown[] = [1, 2, 3];

/** The cases of a file that are of our suites; of hpke-pq those with the KEM we use. */
export function ours(cases: readonly Case[]): readonly Case[] {
  return cases.filter(
    (test) =>
      SUITES.includes(test["cipher_suite"] ?? 1) &&
      (test["kem_id"] ?? X_WING) === X_WING,
  );
}

/** How many of some cases hold; of those that do not, `failed` hears why. */
export async function countHolding(
  category: string,
  cases: readonly Case[],
  failed: (why: unknown) => void,
): Promise<number> {
  let held = 0;
  for (const test of cases)
    try {
      await CATEGORIES[category]?.(test);
      held++;
    } catch (error) {
      failed(error);
    }
  return held;
}
