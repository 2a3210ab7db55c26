/** Text from outside made harmless to what stands around it. */

/** Controls that turn text around, join or hide it, and those no screen shows. */
const CONTROLS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
/** More marks on one letter than any script needs: text that climbs over its neighbours. */
const PILED = /((?:\p{M}[\u200c\u200d]*){4})[\p{M}\u200c\u200d]+/gu;
/** Marks of having been checked, which a face alone gives: never a part of a name. */
const SEALED =
  /[\u2611\u2705\u2713\u2714\u{1f4db}\u{1f50f}-\u{1f513}\u{1f5f8}\u{1f6c2}\u{1f6e1}][\ufe0e\ufe0f]?/gu;
const LONGEST_NAME = 80;
const LAST_LETTERS = 16;
const SHOWN_LETTERS = 44;

/** A name on one line: without controls and seals, of bounded length, never empty. */
export function plainName(name: string): string {
  const line = flat(name.replace(SEALED, " "));
  const letters = Array.from(line);
  return letters.length > LONGEST_NAME
    ? letters.slice(0, LONGEST_NAME - 1).join("") + "…"
    : line || "–";
}

function flat(text: string): string {
  return text.replace(CONTROLS, " ").replace(PILED, "$1").replace(/\s+/g, " ").trim();
}

/** A text on one line for a list or a quote: no controls, at most `most` code points. */
export function oneLine(text: string, most = 160): string {
  const line = flat(text.slice(0, most * 4));
  const letters = Array.from(line);
  return letters.length > most ? letters.slice(0, most).join("") + "…" : line;
}

/** A file's name as it may be saved: no path, no controls, its ending kept in sight. */
export function fileName(name: string): string {
  const line = flat(name.replace(/[/\\:*?"<>|]/g, "_")).replace(/^[.\s]+/, "");
  const letters = Array.from(line);
  if (letters.length <= LONGEST_NAME) return line || "file";
  // What a file is, its last letters say.
  const [head, tail] = [LONGEST_NAME - LAST_LETTERS - 1, -LAST_LETTERS];
  return `${letters.slice(0, head).join("")}…${letters.slice(tail).join("")}`;
}

/** A file's name as it is shown: so short that its ending is never out of sight. */
export function shownFileName(name: string): string {
  const letters = Array.from(fileName(name));
  if (letters.length <= SHOWN_LETTERS) return letters.join("");
  const head = letters.slice(0, SHOWN_LETTERS - LAST_LETTERS - 1).join("");
  return `${head}…${letters.slice(-LAST_LETTERS).join("")}`;
}

/** A message's text: lines kept, other controls and piled marks taken out. */
export function plainText(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(CONTROLS, (control) =>
      control === "\n" || control === "\t" ? control : "",
    )
    .replace(PILED, "$1")
    .replace(/\n{4,}/g, "\n\n\n");
}

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = plainName(name)
    .split(/[\s\-_.]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const [first, last] = [
    words[0],
    words.length > 1 ? words[words.length - 1] : undefined,
  ];
  const letter = (word: string | undefined) => {
    const found = /[\p{L}\p{N}]/u.exec(word ?? "");
    return found ? found[0].toLocaleUpperCase() : "";
  };
  return letter(first) + letter(last) || "•";
}
