/** The allowed word that takes the fewest changes to reach, if they are few. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const [best] = ranked(word, allowed);
  if (!best || best.cost >= Math.min(word.length, best.candidate.length)) return undefined;
  return best.cost <= Math.max(2, best.candidate.length / 3) ? best.candidate : undefined;
}

/** Ends a sentence about an unknown name with "did you mean …?"; empty where no name is close. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near === undefined) return '';
  const sameLetters = near.toLowerCase() === name.toLowerCase();
  return ` Did you mean "${near}"?${sameLetters ? ' Only the case differs.' : ''}`;
}

/** The few allowed words that are most similar, for a list of candidates. */
export function mostSimilar(word: string, allowed: readonly string[], few = 5): string[] {
  return ranked(word, [...new Set(allowed)])
    .slice(0, few)
    .map(({ candidate }) => candidate);
}

function ranked(word: string, allowed: readonly string[]): { candidate: string; cost: number }[] {
  return allowed
    .map(candidate => ({ candidate, cost: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((one, other) => one.cost - other.cost);
}

/** The number of letters to add, remove, change, or swap with their neighbour: usual typing mistakes. */
function distance(one: string, other: string): number {
  const letters = [...one];
  const against = [...other];
  let above: number[] = [];
  let row = Array.from({ length: against.length + 1 }, (_, index) => index);
  for (const [i, letter] of letters.entries()) {
    const next = [i + 1];
    for (const [j, wanted] of against.entries()) {
      const swapped = i > 0 && j > 0 && letter === against[j - 1] && letters[i - 1] === wanted;
      next.push(
        Math.min(
          (row[j] ?? 0) + (letter === wanted ? 0 : 1),
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
          swapped ? (above[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    above = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
