/**
 * The URL of a module beside another, for starting a thread: sources end in `.ts`, and what is built from them in `.js`.
 *
 * @param name without its ending
 * @param base the `import.meta.url` of the module that asks
 */
export function moduleUrl(name: string, base: string): URL {
  return new URL(`./${name}${base.endsWith(".ts") ? ".ts" : ".js"}`, base);
}
