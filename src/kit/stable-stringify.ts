/** More than any data nests, and little enough that a circle is noticed before memory runs out. */
const deepest = 10_000;

/** An object or array that is being written: what is left of it, and how it ends. */
interface Open {
  readonly entries: readonly (readonly [key: string, value: unknown])[] | undefined;
  readonly items: readonly unknown[];
  next: number;
  empty: boolean;
}

/**
 * JSON with the keys of every object sorted, so that equal data gives equal text whatever order it was written in.
 * What `JSON.stringify` drops or turns into `null` is treated alike. It keeps its own stack: deep data can't overflow it.
 *
 * @throws TypeError for a bigint, and for data that is circular or nested more than 10,000 deep
 */
export function stableStringify(value: unknown): string {
  const stack: Open[] = [];
  let text = "";

  const write = (raw: unknown): void => {
    const plain = toPlain(raw);
    if (typeof plain !== "object" || plain === null) {
      text += JSON.stringify(plain) ?? "null";
      return;
    }
    if (stack.length === deepest) throw new TypeError("The data is circular or nested too deeply.");
    if (Array.isArray(plain)) {
      stack.push({ entries: undefined, items: plain, next: 0, empty: true });
      text += "[";
    } else {
      const entries = Object.entries(plain).toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
      stack.push({ entries, items: [], next: 0, empty: true });
      text += "{";
    }
  };

  write(value);
  for (let open = stack.at(-1); open !== undefined; open = stack.at(-1)) {
    if (open.next === (open.entries ?? open.items).length) {
      text += open.entries === undefined ? "]" : "}";
      stack.pop();
      continue;
    }
    const index = open.next++;
    const entry = open.entries?.[index];
    if (entry !== undefined && isDropped(entry[1])) continue;
    text += open.empty ? "" : ",";
    open.empty = false;
    if (entry === undefined) {
      write(open.items[index]);
    } else {
      text += `${JSON.stringify(entry[0])}:`;
      write(entry[1]);
    }
  }
  return text;
}

function isDropped(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** What JSON makes of an object that says so itself, such as a `Date`. */
function toPlain(value: unknown): unknown {
  if (typeof value === "object" && value !== null && "toJSON" in value && typeof value.toJSON === "function") {
    const plain: unknown = Reflect.apply(value.toJSON, value, []);
    return plain;
  }
  return value;
}
