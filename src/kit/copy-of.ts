/** Copies plain data with all that is in it, so that whoever is given the copy may change it. What is no plain data stays what it is. */
export function copyOf<T>(value: T): T;
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => copyOf(one));
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) {
    // As an own property, which assignment would not make of it.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: copyOf(one), enumerable: true });
    else copy[key] = copyOf(one);
  }
  return copy;
}
