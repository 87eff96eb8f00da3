/** How many records there are in the collections of an application. */
export function countText(given: Readonly<Record<string, number>>): string {
  const own = Object.entries(given).filter(([name]) => !name.startsWith("_"));
  const count = own.reduce((sum, [, one]) => sum + one, 0);
  const records = count === 1 ? "1 record" : `${count.toLocaleString("en")} records`;
  return `${records} in ${own.length === 1 ? "1 collection" : `${own.length} collections`}`;
}
