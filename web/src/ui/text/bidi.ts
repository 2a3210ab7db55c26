/** Text from outside made harmless to what stands around it. */

/** Controls that turn text around, join or hide it, and those no screen shows. */
const CONTROLS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
/** More marks on one letter than any script needs: text that climbs over its neighbours. */
const PILED = /(\p{M}{4})\p{M}+/gu;
const LONGEST_NAME = 80;

/** A name on one line: without controls, of bounded length, never empty. */
export function plainName(name: string): string {
  const line = name
    .replace(CONTROLS, " ")
    .replace(PILED, "$1")
    .replace(/\s+/g, " ")
    .trim();
  const letters = Array.from(line);
  return letters.length > LONGEST_NAME
    ? letters.slice(0, LONGEST_NAME - 1).join("") + "…"
    : line || "–";
}

/** A text on one line for a list or a quote: no controls, at most `most` code points. */
export function oneLine(text: string, most = 160): string {
  const head = text.slice(0, most * 4);
  const line = head
    .replace(CONTROLS, " ")
    .replace(PILED, "$1")
    .replace(/\s+/g, " ")
    .trim();
  const letters = Array.from(line);
  return letters.length > most ? letters.slice(0, most).join("") + "…" : line;
}

/** A file's name as it may be saved: no path, no controls, its ending kept in sight. */
export function fileName(name: string): string {
  const flat = plainName(name.replace(/[/\\:*?"<>|]/g, "_")).replace(/^[.\s]+/, "");
  return flat === "" || flat === "–" ? "file" : flat;
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
