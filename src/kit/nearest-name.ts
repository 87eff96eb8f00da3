/** The name that somebody may have meant: at most three typing mistakes away, and no more than one for each three of its letters; the closest one. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const most = Math.min(3, Math.ceil(name.length / 3));
  const [nearest] = known
    // Others are further away than that: no text of a stranger's is compared that is longer than a name.
    .filter((candidate) => Math.abs(candidate.length - name.length) <= most)
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= most ? nearest.candidate : undefined;
}

/** `; did you mean title?`, at the end of what is said of a name that isn't known; empty where none is near. */
export function meant(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

/** Letters to add, drop or replace to make one text of the other (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
