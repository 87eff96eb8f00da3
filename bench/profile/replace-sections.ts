/**
 * Markdown with what was measured in the place of what stood there; what people wrote stays.
 *
 * @param sections their texts by their titles, each of which is a heading of the second level already
 */
export function replaceSections(markdown: string, sections: ReadonlyMap<string, string>): string {
  let replaced = markdown;
  for (const [title, text] of sections) {
    const [before, rest] = replaced.split(`\n## ${title}\n`);
    if (before === undefined || rest === undefined)
      throw new Error(`There is no section "${title}" to be written anew.`);
    const next = rest.search(/^## /m);
    replaced = `${before}\n## ${title}\n\n${text}\n${next === -1 ? "" : `\n${rest.slice(next)}`}`;
  }
  return replaced;
}
