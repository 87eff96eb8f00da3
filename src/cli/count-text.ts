/** How many records there are in the collections of an application. */
export function countText(records: Readonly<Record<string, number>>): string {
  const own = Object.entries(records).filter(([name]) => !name.startsWith("_"));
  const count = own.reduce((sum, [, one]) => sum + one, 0);
  return `${count.toLocaleString("en")} records in ${own.length} collections`;
}
