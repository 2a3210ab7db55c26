/** What of a text can be shown: no control, format, unassigned or foreign space. */

/** Whether every character can be shown, as Python's `isprintable` has it. */
export function isPrintable(text: string): boolean {
  return /^(?:[^\p{C}\p{Z}]| )*$/u.test(text);
}

/** The text with `instead` for what cannot be shown. */
export function printable(text: string, instead: string): string {
  return text.replace(/(?! )[\p{C}\p{Z}]/gu, instead);
}

/** How many bytes a text has as UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
