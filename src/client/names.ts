/**
 * An object whose every property is made when it is first asked for: what a backend has is known from its type, and nothing of
 * it is here at run time. A property that JavaScript itself asks for, such as the `then` of what is awaited, is not there.
 */
export function createNames<T extends object>(make: (name: string) => unknown, own: T): T {
  const made = new Map<string, unknown>();
  return new Proxy(own, {
    get(target, name) {
      if (typeof name === "symbol" || name in target || name === "then" || name === "toJSON") {
        return Reflect.get(target, name) as unknown;
      }
      if (!made.has(name)) made.set(name, make(name));
      return made.get(name);
    },
  });
}
