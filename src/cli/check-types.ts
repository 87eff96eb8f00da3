import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isatty } from "node:tty";

/** Checks types beside something else. */
export interface TypeCheck {
  /** Checks them as they are now. A check that is under way is of what was before, and ends. */
  check(): void;
  end(): void;
}

/**
 * Checks the types of an application by its own compiler, and says what is wrong, or that nothing is any more. Without a compiler
 * it says so once.
 */
export function checkTypes(folder: string, say: (text: string) => void): TypeCheck {
  const compiler = compilerOf(folder);
  const project = projectOf(folder);
  let running: ChildProcess | undefined;
  let wrong = false;
  let hinted = false;

  function end(): void {
    running?.kill();
    running = undefined;
  }

  return {
    end,
    check() {
      end();
      if (compiler === undefined || project === undefined) {
        const lacking = compiler === undefined ? "npm install --save-dev typescript" : "write a tsconfig.json";
        if (!hinted) say(`Types are not checked: ${lacking} to have them checked.\n`);
        hinted = true;
        return;
      }
      // What the compiler's own launcher uses may be new to Node.js; that is no news for whoever mends a type.
      const flags = ["--noEmit", "--pretty", String(isatty(2)), "--project", project];
      const conditions = process.execArgv.flatMap((flag) => /^--conditions=(.+)$/.exec(flag)?.[1] ?? []);
      if (conditions.length > 0) flags.push("--customConditions", conditions.join(","));
      const started = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", compiler, ...flags], {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
      });
      running = started;
      let text = "";
      for (const stream of [started.stdout, started.stderr])
        stream.setEncoding("utf8").on("data", (part: string) => (text += part));
      started.once("error", (error) => say(`Types can't be checked: ${error.message}\n`));
      started.once("close", (code) => {
        if (running !== started) return;
        running = undefined;
        if (code !== 0) say(`${text.trimEnd().replaceAll(/^/gm, "types  ")}\n`);
        else if (wrong) say("types  All types are right again.\n");
        wrong = code !== 0;
      });
    },
  };
}

/** The script of the compiler that an application has installed. */
function compilerOf(folder: string): string | undefined {
  try {
    const manifest = createRequire(join(folder, "backend.js")).resolve("typescript/package.json");
    return join(dirname(manifest), "bin", "tsc");
  } catch {
    return undefined;
  }
}

/** The nearest tsconfig.json, in the folder or above. */
function projectOf(folder: string): string | undefined {
  const file = join(folder, "tsconfig.json");
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : projectOf(dirname(folder));
}
