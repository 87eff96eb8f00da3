/** A statement of a file, or a directive: a line `-- galley: ...`. */
export interface Statement {
  /** Without the comments before it and the semicolon after it. */
  readonly text: string;
  /** The line that it begins in, from 1. */
  readonly line: number;
}

/** What statements are made of: comments, quoted names and texts, words, and single signs. */
const tokens =
  /--[^\n]*|\/\*|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\$(?:[A-Za-z_]\w*)?\$|[\p{L}_][\p{L}\p{N}_$]*|\s+|[^]/uy;
const directive = /^-- galley:/;
/** Statements with statements inside, which end with `END;`. */
const compound =
  /^CREATE(?:\s+OR\s+REPLACE)?(?:\s+TEMP|\s+TEMPORARY)?\s+(?:TRIGGER\b[^]*\bBEGIN\b|(?:FUNCTION|PROCEDURE)\b[^]*\bBEGIN\s+ATOMIC\b)/i;

/**
 * Takes SQL apart at its semicolons, as far as both databases agree about where one is: not in comments, texts and names, not in
 * the body of a trigger or of a function.
 *
 * @throws Error naming the line of a text or a comment that doesn't end, or of a directive inside of a statement
 */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let start: number | undefined;
  /** The words since the last semicolon inside of a compound statement. */
  let inner: string[] = [];
  let line = 1;
  let startLine = 1;
  const finish = (end: number): void => {
    if (start === undefined) return;
    const text = sql.slice(start, end).trimEnd();
    statements.push({ text, line: startLine });
    start = undefined;
    inner = [];
  };

  let index = 0;
  while (index < sql.length) {
    tokens.lastIndex = index;
    const [token = ""] = tokens.exec(sql) ?? [];
    const end = endOf(sql, index, token);
    if (end === undefined) throw new Error(`Line ${line}: what begins with ${token} has no end.`);
    if (directive.test(token) && start !== undefined)
      throw new Error(`Line ${line}: the statement before "${token.trim()}" has no semicolon.`);
    const isComment = token.startsWith("--") || token === "/*";
    if (directive.test(token)) {
      statements.push({ text: token.trim(), line });
    } else if (token === ";") {
      const body = start === undefined ? "" : sql.slice(start, index);
      if (!compound.test(body) || inner.join(" ").toUpperCase() === "END") finish(index);
      inner = [];
    } else if (!isComment && token.trim() !== "") {
      if (start === undefined) startLine = line;
      start ??= index;
      inner.push(token);
    }
    for (let at = sql.indexOf("\n", index); at !== -1 && at < end; at = sql.indexOf("\n", at + 1)) line++;
    index = end;
  }
  finish(sql.length);
  return statements;
}

/** Where a token ends: some can only be told apart by their other end. */
function endOf(sql: string, index: number, token: string): number | undefined {
  if (token === "/*") return endOfComment(sql, index);
  if (token.length > 1 && token.startsWith("$") && token.endsWith("$")) {
    const close = sql.indexOf(token, index + token.length);
    return close === -1 ? undefined : close + token.length;
  }
  return ["'", '"', "`"].includes(token) ? undefined : index + token.length;
}

/** Comments are inside one another in PostgreSQL; nobody who means SQLite writes one that would tell. */
function endOfComment(sql: string, index: number): number | undefined {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = index;
  let depth = 0;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.index + 2;
  }
  return undefined;
}
