import { GalleyError } from "../../kit/galley-error.ts";
import { codeOf, isOutage, isTlsFailure, plainMessage, strangeMessage } from "./postgres-errors.ts";

/** What keeps a program from using a server, as one line that says what would be right; every other error as it is. */
export function startError(error: unknown, url: string): unknown {
  const cause = error instanceof GalleyError && error.code === "overloaded" ? error.cause : error;
  const hint = startHint(cause, new URL(url));
  return hint === undefined ? error : new Error(hint, { cause });
}

function startHint(cause: unknown, { host, username, pathname }: URL): string | undefined {
  const server = `The PostgreSQL server at ${host || "the local socket"}`;
  const user = username === "" ? "the user" : `the user "${decodeURIComponent(username)}"`;
  const code = codeOf(cause);
  const reason = (cause instanceof Error ? cause.message : String(cause)) || code;
  if (code === "28P01" || code === "28000") {
    return `${server} refuses ${user}: ${reason}. Check user and password in DATABASE_URL.`;
  }
  if (reason.includes("client password must be")) {
    return `${server} asks ${user} for a password, and DATABASE_URL has none.`;
  }
  if (code === "3D000") {
    const database = decodeURIComponent(pathname.slice(1));
    return `${server} has no database "${database}"; create it, or name another in DATABASE_URL.`;
  }
  if (code === "42501")
    return `${server} lets ${user} make no tables: ${reason}. Grant it CREATE on the schema of the database, or name another in DATABASE_URL.`;
  if (code === "42704" && reason.includes("configuration parameter")) {
    return `${server} does not know a setting: ${reason}. Galley needs PostgreSQL 14 or newer; check the options in DATABASE_URL.`;
  }
  if (reason === plainMessage) {
    return `${server} has no TLS, which sslmode asks for. Turn it on there, or set sslmode=prefer in DATABASE_URL.`;
  }
  if (reason === strangeMessage) {
    return `What answers at ${host} is no PostgreSQL server. Check DATABASE_URL.`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `${server} has a certificate for another host: ${reason}. Name the host in DATABASE_URL as its certificate does.`;
  }
  if (isTlsFailure(cause)) {
    return `${server} can't be reached by TLS: ${reason}. Check sslrootcert, sslcert and sslkey in DATABASE_URL, and the server's certificate.`;
  }
  if (!isOutage(cause)) return undefined;
  if (/time/.test(reason)) {
    return `${server} can't be used: ${reason}. Check DATABASE_URL; for a server far away, connect_timeout=5 in it waits 5 seconds.`;
  }
  return `${server} can't be used: ${reason}. Check DATABASE_URL, and that the server runs.`;
}
