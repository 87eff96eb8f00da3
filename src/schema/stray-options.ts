/** What a declaration itself carries: `backend({ ...shop, limits })` extends one, and that is no mistake. */
const carried = ["declares", "name", "internal", "session", "limitKey", "checksReferences", "strays"];

/** Names among some options that mean nothing: to ignore them would be to lose what they were meant to do. */
export function strayOptions(options: object, known: readonly string[], prefix = ""): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name) && !carried.includes(name))
    .map((name) => prefix + name);
}

/** Stray names as mistakes, each as a clause. */
export function strayMistakes(strays: readonly string[]): string[] {
  return strays.map((name) => `"${name}" is no option`);
}
