import { homedir } from "node:os";
import { join } from "node:path";
import { type REPLServer, start } from "node:repl";
import type { Model } from "../schema/model.ts";
import { completeFields } from "./console-completion.ts";
import type { ConsoleScope } from "./console-scope.ts";
import { consoleText } from "./console-text.ts";
import { messageOf } from "./message-of.ts";
import { collectionOf } from "./read-file-options.ts";
import { typeText } from "./type-text.ts";

/** Where the console talks. */
export interface ConsoleStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** File of the lines that were typed; none are kept where it is undefined. */
  readonly history: string | undefined;
}

/** Where a value is while it is waited for; a name that nobody types. */
const pending = "__galleyPending";

/** Where lines that were typed are kept, unless the environment says somewhere else, or nowhere by an empty text. */
export function historyFile(): string | undefined {
  const named = process.env["NODE_REPL_HISTORY"]?.trim();
  return named === undefined ? join(homedir(), ".galley_console_history") : named === "" ? undefined : named;
}

/** Talks with whoever types. Collections and fields complete with Tab, and promises are waited for. Settles when they have left. */
export async function talk(
  scope: ConsoleScope,
  model: Model,
  { input, output, history }: ConsoleStreams,
): Promise<void> {
  const colors = "isTTY" in output && output.isTTY === true;
  const server = start({
    prompt: "> ",
    input,
    output,
    terminal: true,
    useColors: colors,
    preview: colors,
    ignoreUndefined: true,
    writer: (value) => consoleText(value, colors),
  });
  for (const [name, value] of Object.entries(scope)) {
    // A module of Node's that the console knows by this name gives way.
    Object.defineProperty(server.context, name, { value, configurable: true, enumerable: true, writable: true });
  }
  waitForPromises(server);
  completeWithFields(server, model);
  server.defineCommand("type", {
    help: "Print the types of a collection: .type NAME",
    action(name) {
      this.clearBufferedCommand();
      output.write(`${typesOf(name.trim(), model)}\n`);
      this.displayPrompt();
    },
  });
  if (history !== undefined) server.setupHistory({ filePath: history }, () => undefined);
  await new Promise<void>((resolve) => server.once("exit", resolve));
}

function typesOf(name: string, model: Model): string {
  try {
    return typeText(collectionOf(model, name));
  } catch (error) {
    return messageOf(error);
  }
}

/** Inside of a call, Tab knows the fields of the collection; everywhere else, what the console knows by itself. */
function completeWithFields(server: REPLServer, model: Model): void {
  const complete = server.completer;
  const withFields: typeof complete = (line, done) => {
    const found = completeFields(line, model);
    if (found === undefined) complete.call(server, line, done);
    else done(null, found);
  };
  Object.assign(server, { completer: withFields });
}

/** What a line comes to is waited for: who types `films.list()` wants the films, and not a promise of them. */
function waitForPromises(server: REPLServer): void {
  const evaluate = server.eval;
  const evaluateAndWait: typeof evaluate = (code, context, file, done) =>
    evaluate.call(server, code, context, file, (error, value: unknown) => {
      if (error !== null || !isThenable(value)) return done(error, value);
      Object.defineProperty(context, pending, { value, configurable: true });
      // The console's own way to wait: what is typed meanwhile is kept for later, and Ctrl-C ends it.
      evaluate.call(server, `await ${pending}`, context, file, done);
    });
  Object.assign(server, { eval: evaluateAndWait });
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
