import { constants, runInThisContext } from "node:vm";
import type { ConsoleScope } from "./console-scope.ts";
import { consoleText } from "./console-text.ts";

/** Where a script answers. */
interface ScriptStreams {
  readonly output: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Runs what was piped into the console as one script, which may `await` anywhere: an expression, or statements that end with a
 * `return`. What it comes to is written; an error ends it, so that nothing is built on what isn't there.
 *
 * @returns the exit code
 */
export async function runConsoleScript(code: string, scope: ConsoleScope, streams: ScriptStreams): Promise<0 | 1> {
  try {
    const value = await compile(code, Object.keys(scope))(...Object.values(scope));
    if (value !== undefined) streams.output.write(`${consoleText(value, false)}\n`);
    return 0;
  } catch (error) {
    streams.stderr.write(`${consoleText(error, false)}\n`);
    return 1;
  }
}

type Script = (...values: unknown[]) => Promise<unknown>;

function compile(code: string, names: readonly string[]): Script {
  // A block of its own, so that a script may have a name that a collection has.
  const compiled = (before: string, body: string, after: string): Script =>
    runInThisContext(`(async (${names.join(", ")}) => { ${before}\n${body}\n${after} })`, {
      filename: "console",
      lineOffset: -1,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as Script;
  try {
    return compiled("return (", code.trimEnd().replace(/;$/, ""), ")");
  } catch (error) {
    // It is no expression, or it is wrong; as statements it says which.
    if (!(error instanceof SyntaxError)) throw error;
    return compiled("{", code, "}");
  }
}
