/** What one check found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly state: "ok" | "warning" | "problem";
  readonly message: string;
  /** What is to be done; nothing where all is well. */
  readonly mend: string | undefined;
}

export function ok(check: string, message: string): Finding {
  return { check, state: "ok", message, mend: undefined };
}

/** What works today, and may not tomorrow. */
export function warning(check: string, message: string, mend: string): Finding {
  return { check, state: "warning", message, mend };
}

/** What doesn't work, or must not go on. */
export function problem(check: string, message: string, mend: string): Finding {
  return { check, state: "problem", message, mend };
}

/** What kept something from being done, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
