import { isPlainObject } from "../schema/validator.ts";

/** The form of the archive: a reader of one number refuses what has a higher one. */
export const archiveFormat = 1;

/** What a backup says of itself; the last entry of its archive. */
export interface Manifest extends About {
  readonly format: typeof archiveFormat;
  readonly parts: readonly ManifestPart[];
  /** How many files of the application are in it; left out where there are none. */
  readonly files?: number;
}

/** Where a backup comes from. */
export interface About {
  /** The version of Galley that wrote it. */
  readonly galley: string;
  /** The moment that it is of, RFC 3339 in UTC. */
  readonly at: string;
  /** What the records lay in. */
  readonly engine: "sqlite" | "postgres";
  /** Records by collection, those that Galley keeps for itself among them. */
  readonly records: Readonly<Record<string, number>>;
}

/**
 * One entry of the archive, or all files of the application: these are one part, whose checksum is that of the list that `sha256sum`
 * makes of them, in the order of the archive.
 */
export interface ManifestPart {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** Reads a manifest. @throws Error when it makes no sense to this version */
export function readManifest(bytes: Buffer): Manifest {
  const value: unknown = JSON.parse(bytes.toString("utf8"));
  if (!isPlainObject(value)) throw new Error("its manifest is damaged");
  if (value["format"] !== archiveFormat)
    throw new Error(`it has format ${String(value["format"])}, and this version of Galley reads ${archiveFormat}`);
  if (!isManifest(value)) throw new Error("its manifest is damaged");
  return value;
}

function isManifest(value: object): value is Manifest {
  const { galley, at, engine, records, parts, files }: Partial<Record<keyof Manifest, unknown>> = value;
  return (
    typeof galley === "string" &&
    typeof at === "string" &&
    (engine === "sqlite" || engine === "postgres") &&
    isPlainObject(records) &&
    Object.values(records).every((count) => typeof count === "number") &&
    (files === undefined || typeof files === "number") &&
    Array.isArray(parts) &&
    parts.every(isPart)
  );
}

function isPart(value: unknown): boolean {
  return (
    isPlainObject(value) &&
    typeof value["name"] === "string" &&
    typeof value["bytes"] === "number" &&
    typeof value["sha256"] === "string"
  );
}
