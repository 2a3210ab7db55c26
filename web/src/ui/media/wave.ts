/** Loudness over time: from what was recorded to the bars that are drawn. */

const MOST = 128;

/** At most `most` values, each the loudest of its part, scaled so that the peak is 255. */
export function waveOf(levels: readonly number[], most = MOST): Uint8Array {
  const count = Math.min(most, levels.length);
  const peak = levels.reduce((high, level) => Math.max(high, level), 0.05);
  return Uint8Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((at + 1) * levels.length) / count));
    return Math.round((Math.max(...levels.slice(from, to)) / peak) * 255);
  });
}

/** Exactly `count` bars from 0 to 1 for a drawing of that width. */
export function bars(wave: Uint8Array | undefined, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => {
    if (!wave || wave.length === 0) return 0.15;
    const level = wave[Math.floor((at * wave.length) / count)] ?? 0;
    return Math.max(0.08, level / 255);
  });
}
