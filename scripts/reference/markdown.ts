/** A table, with one row for each list of cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** A block of code. */
export function code(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** A page of parts, with the note that it is made and by what. */
export function page(...parts: readonly string[]): string {
  const [title = "", ...rest] = parts;
  return `${[title, "<!-- Written by `npm run docs`. What it says is kept where it is defined, in src. -->", ...rest].join("\n\n")}\n`;
}
