/**
 * Which of the earlier texts each text of a list goes on, by its index; null for a new one. The same text is the same one,
 * wherever it stands now; a changed one goes on what stood behind the same neighbour.
 */
export function followed(before: readonly string[], after: readonly string[]): readonly (number | null)[] {
  const free = new Set(before.keys());
  const take = (index: number | undefined) => (index !== undefined && free.delete(index) ? index : null);
  const same = after.map((text) => take([...free].find((index) => before[index] === text)));
  const found: (number | null)[] = [];
  for (const index of same) {
    const neighbour = found.length === 0 ? -1 : found.at(-1)!;
    found.push(index ?? (neighbour === null ? null : take(neighbour + 1)));
  }
  return found;
}
