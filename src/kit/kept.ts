/**
 * What is kept under a key, made where it isn't there. When there are too many all are dropped: clients choose the keys, and to know
 * which was used least would cost each look more than it costs to make a few anew.
 *
 * @param most how many are kept
 */
export function kept<K, V extends string | bigint | object>(all: Map<K, V>, key: K, most: number, make: () => V): V {
  const known = all.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (all.size >= most) all.clear();
  all.set(key, made);
  return made;
}
