/** The reader's language: which one it is, and `t`, through which every string goes. */

import { computed, signal } from "@preact/signals";
import { fill, type Catalogue, type Key, type Values } from "./catalogue.ts";
import type { Faults } from "./faults.ts";
import { first } from "./en/first.ts";
import { type Said, unknownOf } from "../sentences/said.ts";

export type { Key, Values } from "./catalogue.ts";

interface Language {
  /** A BCP 47 tag: of the sentences, of dates and of numbers. */
  readonly tag: string;
  readonly catalogue: Partial<Catalogue>;
  /** What comes from below the pages; null where it is not here yet. */
  readonly faults: Faults | null;
  readonly direction: "ltr" | "rtl";
}

/** Languages one may choose, each in its own words. */
export const LANGUAGES: readonly (readonly [tag: string, name: string])[] = [
  ["en", "English"],
  ["ru", "Русский"],
];

/** English as far as it is here: the page begins with what it may say at first. */
let english: Pick<Language, "catalogue" | "faults"> = {
  catalogue: first,
  faults: null,
};
const language = signal<Language>({ tag: "en", ...english, direction: "ltr" });

export const tag = computed(() => language.value.tag);
export const direction = computed(() => language.value.direction);
const rules = computed(() => new Intl.PluralRules(tag.value));
const number = computed(() => new Intl.NumberFormat(tag.value));

/** The sentence of this key in the reader's language; tracked by signals. */
export function t(key: Key, values: Values = {}): string {
  const sentence = language.value.catalogue[key];
  if (sentence !== undefined) return fill(sentence, values, rules.value, number.value);
  // Whoever draws it is drawn anew once it is here.
  learn().catch(() => undefined);
  return "";
}

/** Fetch the sentences that the page does not begin with. */
export async function learn(): Promise<void> {
  if (language.peek().catalogue !== first) return;
  const { english: catalogue, faults } = await import("./en.ts");
  english = { catalogue, faults };
  const now = language.peek();
  if (now.catalogue === first) language.value = { ...now, ...english };
}

/** A part of the page together with all the sentences that it may need. */
export async function worded<T>(part: Promise<T>): Promise<T> {
  const [here] = await Promise.all([part, learn()]);
  return here;
}

/** A sentence that came from below the pages, in the reader's language. */
export function told({ code, values, text }: Said): string {
  const { faults } = language.value;
  const known: Partial<Faults> | null = faults;
  const sentence = known?.[code] ?? faults?.[unknownOf(code)] ?? text;
  // Whoever draws it is drawn anew once it is here.
  if (sentence === "") learn().catch(() => undefined);
  const filled = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "object" ? told(value) : value,
  ]);
  const places = Object.fromEntries(filled) as Values;
  return fill(sentence, places, rules.value, number.value);
}

/** Several of them, one after the other. */
export function toldAll(all: readonly Said[]): string {
  return all.map(told).join(" ");
}

/** Change the language; "" takes the first of the browser's that there is. */
export async function speak(wanted: string): Promise<void> {
  const chosen = wanted === "" ? preferred(navigator.languages) : wanted;
  const { tag, ...rest } = await load(chosen);
  language.value = { ...rest, tag: regional(tag, navigator.languages) };
  document.documentElement.lang = language.value.tag;
  document.documentElement.dir = language.value.direction;
}

/** The first of the tags that has a catalogue, else English. */
export function preferred(tags: readonly string[]): string {
  const known = LANGUAGES.map(([known]) => known);
  const short = tags.map((one) => one.split("-")[0] ?? "");
  return short.find((one) => known.includes(one)) ?? "en";
}

/** The reader's own region of a language, whose clock and calendar they know. */
export function regional(tag: string, tags: readonly string[]): string {
  return tags.find((one) => one.startsWith(`${tag}-`)) ?? tag;
}

async function load(wanted: string): Promise<Language> {
  if (wanted === "ru") {
    const { russian, faults } = await import("./ru.ts");
    return { tag: "ru", catalogue: russian, faults, direction: "ltr" };
  }
  if (wanted === "pseudo" || wanted === "pseudo-rtl") {
    const { pseudo, pseudoFaults } = await import("./pseudo.ts");
    // Dates of these come in Greek or Hebrew: no Latin letters, and the right direction.
    const right = wanted === "pseudo-rtl";
    return {
      tag: right ? "he" : "el",
      catalogue: pseudo((await import("./en.ts")).english),
      faults: pseudoFaults(),
      direction: right ? "rtl" : "ltr",
    };
  }
  return { tag: "en", ...english, direction: "ltr" };
}
