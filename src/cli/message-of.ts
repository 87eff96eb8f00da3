/** What kept a command from being done, for the one who typed it: what they can mend without the inside of Galley. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE")
    return `${error.message}: another program listens on this port. Set PORT to a free one.`;
  if ("code" in error && error.code === "EACCES")
    return `${error.message}: this port or file can't be used by this user.`;
  if ("code" in error && error.code === "EADDRNOTAVAIL")
    return `${error.message}: this machine has no such address. Set HOST to one that it has, or to 0.0.0.0 for all.`;
  // A mistake in the application's own module is found by its place; those of Node's loader are nobody's.
  const own = ["Error", "GalleyError", "DefinitionError", "ConfigurationError"].includes(error.name);
  return own ? error.message : (error.stack ?? error.message).replaceAll(/\n +at .*\(?node:internal.*/g, "");
}
