import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, createSecureContext, getCACertificates, type SecureContext } from "node:tls";

/** A way to a server: with these options of TLS, or without it. */
export type Way = ConnectionOptions | false;

/** How connections to a server are secured. */
export interface Security {
  /** The ways to the server, in the order in which they are tried. Certificates are read anew: they are renewed. */
  readonly ways: () => readonly Way[];
  /** Whether the server must prove by the password that the certificate is its own. */
  readonly bound: boolean;
}

/** Parameters of libpq that are followed, each with the variable that stands in for it. */
const variables = {
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  channel_binding: "PGCHANNELBINDING",
} as const;

type Given = { readonly [Name in keyof typeof variables]: string | undefined };

const modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/**
 * Takes what a URL says about TLS out of its parameters, and answers what it means, as libpq has it. One thing is more:
 * `verify-full` without `sslrootcert` trusts the authorities that Node.js trusts.
 *
 * @param local whether the server is reached by a socket of this machine, where there is no TLS
 * @param environment what stands in for parameters that the URL doesn't have
 * @throws Error with one clear message when it can't be followed
 */
export function takeSecurity(
  parameters: URLSearchParams,
  local: boolean,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Security {
  const take = (name: keyof typeof variables): string | undefined => {
    const text = parameters.get(name) ?? environment[variables[name]];
    parameters.delete(name);
    return text === "" ? undefined : text;
  };
  // As libpq has it for those who come from JDBC.
  if (parameters.get("ssl") === "true") {
    parameters.delete("ssl");
    if (!parameters.has("sslmode")) parameters.set("sslmode", "require");
  }
  const given: Given = {
    sslmode: take("sslmode"),
    sslrootcert: take("sslrootcert"),
    sslcert: take("sslcert"),
    sslkey: take("sslkey"),
    channel_binding: take("channel_binding"),
  };
  const stray = [...parameters.keys()].find((name) => name.startsWith("ssl"));
  if (stray !== undefined) {
    const known = Object.keys(variables).join(", ");
    throw new Error(`${stray} in DATABASE_URL is not supported in this form; what is said about TLS is ${known}.`);
  }
  return { ways: local ? () => [false] : waysOf(given), bound: given.channel_binding === "require" };
}

function waysOf(given: Given): Security["ways"] {
  const ofSystem = given.sslrootcert === "system";
  const mode = given.sslmode ?? (ofSystem ? "verify-full" : "prefer");
  if (mode === "disable") return () => [false];
  if (!modes.includes(mode)) {
    throw new Error(`sslmode (or PGSSLMODE) is ${JSON.stringify(mode)}: it must be one of ${modes.join(", ")}.`);
  }
  if (ofSystem && mode !== "verify-full") {
    throw new Error(
      `sslrootcert=system trusts whoever has a certificate of any kind, so sslmode must be verify-full with it, and not ${mode}.`,
    );
  }
  const rootFile = ofSystem ? undefined : fileOf(given, "sslrootcert", "root.crt");
  if (mode === "verify-ca" && rootFile === undefined) {
    throw new Error("sslmode=verify-ca needs sslrootcert: the file with the certificate of the authority to trust.");
  }
  const certificateFile = fileOf(given, "sslcert", "postgresql.crt");
  const keyFile = fileOf(given, "sslkey", "postgresql.key");
  if (certificateFile !== undefined && keyFile === undefined) {
    throw new Error(`sslcert is ${certificateFile}, and there is no key to it: name its file with sslkey.`);
  }
  let last: { readonly files: string; readonly context: SecureContext } | undefined;

  function secured(): ConnectionOptions {
    const files = {
      ca: ofSystem ? "system" : readFile("sslrootcert", rootFile),
      cert: readFile("sslcert", certificateFile),
      key: readFile("sslkey", certificateFile && keyFile),
    };
    const read = JSON.stringify(files);
    // Hundreds of authorities take a while to read; they stay as they are for most connections.
    if (last?.files !== read) last = { files: read, context: contextOf(files, ofSystem) };
    return {
      secureContext: last.context,
      rejectUnauthorized: files.ca !== undefined || mode === "verify-full",
      ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    };
  }

  // What is wrong with the files is said at once.
  secured();
  if (mode === "allow") return () => [false, secured()];
  return () => (mode === "prefer" ? [secured(), false] : [secured()]);
}

interface Files {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

function contextOf(files: Files, ofSystem: boolean): SecureContext {
  const ca = ofSystem ? [...getCACertificates("system"), ...getCACertificates("default")] : files.ca;
  try {
    return createSecureContext({ ...files, ca });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The files that sslcert and sslkey name can't be used: ${reason}.`, { cause: error });
  }
}

/** The file that a parameter names, or where libpq looks for one that nobody has named. */
function fileOf(given: Given, name: "sslrootcert" | "sslcert" | "sslkey", usual: string): string | undefined {
  const folder = process.platform === "win32" ? "AppData/Roaming/postgresql" : ".postgresql";
  return given[name] ?? [join(homedir(), folder, usual)].find((path) => existsSync(path));
}

function readFile(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The file that ${name} names can't be read: ${reason}.`, { cause: error });
  }
}
