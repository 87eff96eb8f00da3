const units = ["bytes", "kB", "MB", "GB", "TB"];

/** A number of bytes for a person: `12.3 MB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power] ?? ""}`;
}

/** How many records there are in the collections of an application. */
export function countText(records: Readonly<Record<string, number>>): string {
  const own = Object.entries(records).filter(([name]) => !name.startsWith("_"));
  const count = own.reduce((sum, [, one]) => sum + one, 0);
  return `${count.toLocaleString("en")} records in ${own.length} collections`;
}
