import { registerHooks } from "node:module";

const url = "galley:types";

/** Has Node.js load what strips types, which takes longer than to strip those of an application: in good time, in each thread. */
export async function warmTypes(): Promise<void> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => (specifier === url ? { url, shortCircuit: true } : next(specifier, context)),
    load: (asked, context, next) =>
      asked === url
        ? { format: "module-typescript", source: "export const warm: boolean = true;", shortCircuit: true }
        : next(asked, context),
  });
  try {
    await import(url);
  } finally {
    hooks.deregister();
  }
}
