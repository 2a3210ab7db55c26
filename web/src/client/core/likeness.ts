/**
 * Names that look alike: what stays of a name without what the eye overlooks
 * (spec/identity.md §3).
 */

/** Marks by which faces say that something was checked. */
const SEALS =
  /[\u2611\u2705\u2713\u2714\u{1f4db}\u{1f50f}-\u{1f513}\u{1f5f8}\u{1f6c2}\u{1f6e1}]/gu;
const UNSEEN = /[\p{M}\p{C}\p{Z}]/gu;
const MOST_KNOWN = 4096;
const twins = new Map(
  Array.from("авеіјкмнорсѕтухһԁԛԝьαβεικνορτυχ01|l").map((letter, at) => [
    letter,
    "abeijkmhopcstyxhdqwbabeikvoptuxoiii".charAt(at),
  ]),
);
const known = new Map<string, string>();

/** What two names that are easily taken for each other have in common. */
export function likeness(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const seen = name.normalize("NFKD").replace(SEALS, "").replace(UNSEEN, "");
  const letters = Array.from(seen.toLowerCase(), (one) => twins.get(one) ?? one);
  const made = letters.join("");
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, made);
  return made;
}
