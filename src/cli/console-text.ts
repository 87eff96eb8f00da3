import { inspect } from "node:util";
import { GalleyError } from "../kit/galley-error.ts";

/** A value as the console shows it; of an error that the API would answer, what it would say. */
export function consoleText(value: unknown, colors: boolean): string {
  if (value instanceof GalleyError) {
    // Where there is one, the message says it already.
    const errors = (value.errors ?? []).filter(
      ({ message }, _, all) => all.length > 1 || !value.message.includes(message),
    );
    const places = errors.map(({ path, message }) => `\n  ${path === "" ? "/" : path} ${message}`);
    return `${value.code}: ${value.message}${places.join("")}`;
  }
  // Where it was read is the console's own inside.
  if (value instanceof SyntaxError) return (value.stack ?? value.message).split("\n    at ")[0] ?? value.message;
  return inspect(value, { colors, depth: 6, maxArrayLength: 200 });
}
