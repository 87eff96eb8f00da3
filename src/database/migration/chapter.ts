/** Statements that belong together: a step, or the steps of one table that are done at once. */
export interface Chapter {
  /** What it does, each as a sentence without its full stop. */
  readonly does: readonly string[];
  /** What it locks, reads or writes meanwhile. */
  readonly costs: string;
  /** Statements without their semicolons; one that begins with `-- galley:` is done by Galley. */
  readonly statements: readonly string[];
  /** Whether it can't be part of the transaction. */
  readonly outside: boolean;
}

/** The statement that makes the words of a table anew, which no database can. */
export function wordsDirective(table: string): string {
  return `-- galley: words ${table}`;
}
