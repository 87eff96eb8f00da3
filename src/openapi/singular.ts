/** Endings of words, first match wins; what matches none stays as it is. */
const endings: readonly (readonly [RegExp, string])[] = [
  [/^(series|species|news|media|data|settings|.*(?:ss|us|is))$/, "$1"],
  [/^(mov|cook|t|p|d|zomb|calor|sort)ies$/, "$1ie"],
  [/ies$/, "y"],
  [/^(shel|hal|cal|wol|lea|loa|thie|sel)ves$/, "$1f"],
  [/^(kni|li|wi)ves$/, "$1fe"],
  [/^(analy|cri|the|diagno|hypothe|synthe)ses$/, "$1sis"],
  [/^(status|bonus|campus|virus|bus|focus|alias|atlas|lens|gas)es$/, "$1"],
  [/^(quiz)zes$/, "$1"],
  [/(ss|sh|x|zz|[^aiu]ch|[aeiou]tch|ato|ero)es$/, "$1"],
  [/^people$/, "person"],
  [/children$/, "child"],
  [/men$/, "man"],
  [/s$/, ""],
];

/** The singular of the last word of a camelCase name, as well as English spelling lets a table know it: `orderLines` to `orderLine`. */
export function singular(name: string): string {
  const start = Math.max(0, name.search(/[A-Z][a-z0-9]*$/));
  const last = name.slice(start);
  const word = last.toLowerCase();
  const [pattern, ending] = endings.find(([known]) => known.test(word)) ?? [/$/, ""];
  const one = word.replace(pattern, ending);
  return name.slice(0, start) + last.charAt(0) + one.slice(1);
}
