/** What a metric is; made by {@link counter}, {@link gauge} and {@link histogram}. */
export interface MetricDefinition<Label extends string = string> {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly help: string;
  /** Labels and the values that each may have; any other value counts under `other`. */
  readonly labels: Readonly<Record<Label, readonly string[]>>;
  /** Upper bounds of a histogram's buckets, growing; one without a bound follows them. */
  readonly buckets: readonly number[];
}

/** A number that only grows, such as requests answered; by custom its name ends in `_total`. */
export function counter<Label extends string = never>(
  name: string,
  help: string,
  labels?: Readonly<Record<Label, readonly string[]>>,
): MetricDefinition<Label> {
  return define("counter", name, help, labels, []);
}

/** A number that grows and shrinks, such as connections: each thread adds and takes away its own. */
export function gauge<Label extends string = never>(
  name: string,
  help: string,
  labels?: Readonly<Record<Label, readonly string[]>>,
): MetricDefinition<Label> {
  return define("gauge", name, help, labels, []);
}

/** How values are spread, such as durations in seconds. */
export function histogram<Label extends string = never>(
  name: string,
  help: string,
  buckets: readonly number[],
  labels?: Readonly<Record<Label, readonly string[]>>,
): MetricDefinition<Label> {
  return define("histogram", name, help, labels, buckets);
}

/** Writes one metric. */
export interface Instrument<Label extends string> {
  /** Adds to a counter or a gauge; takes one observation into a histogram. */
  record(value: number, ...labels: [Label] extends [never] ? [] : [Readonly<Record<Label, string>>]): void;
}

type Definitions = Readonly<Record<string, MetricDefinition>>;
type LabelOf<Definition> = Definition extends MetricDefinition<infer Label> ? Label : never;

/** The metrics of a process, as one of its threads holds them. */
export interface Metrics<All extends Definitions> {
  /** The memory to give to the other threads' {@link createMetrics}. */
  readonly buffer: SharedArrayBuffer;
  readonly of: { readonly [Name in keyof All]: Instrument<LabelOf<All[Name]>> };
  /** The sums over all threads, in Prometheus' text format 0.0.4. */
  render(): string;
}

/** The media type of what {@link Metrics.render} gives. */
export const metricsMediaType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Metrics in one piece of shared memory. Each thread writes a lane of its own, so no write waits for another, and who
 * reads adds the lanes up. All threads must give the same definitions.
 *
 * @param options.lanes how many threads there are
 * @param options.lane which of them this is, from 0
 * @param options.buffer memory of the metrics of another thread
 * @throws RangeError for names, labels or sizes that can't be
 */
export function createMetrics<const All extends Definitions>(
  definitions: All,
  options: { readonly lanes?: number; readonly lane?: number; readonly buffer?: SharedArrayBuffer } = {},
): Metrics<All> {
  const { lanes = 1, lane = 0 } = options;
  const families: Family[] = [];
  let width = 0;
  const names = new Set<string>();
  for (const definition of Object.values(definitions)) {
    check(definition, names);
    const family = layOut(definition, width);
    families.push(family);
    width += family.series * family.cells;
  }
  // Lanes start on cache lines of their own, or threads would slow each other down.
  const stride = Math.ceil(width / 8) * 8;
  const buffer = options.buffer ?? new SharedArrayBuffer(Math.max(1, stride * lanes) * 8);
  if (buffer.byteLength < stride * lanes * 8 || lane >= lanes) throw new RangeError("The buffer has no such lane.");
  const own = new Float64Array(buffer, lane * stride * 8, width);
  const all = new Float64Array(buffer);

  const cell = (offset: number): number => {
    let sum = 0;
    for (let index = offset; index < all.length; index += stride) sum += all[index] ?? 0;
    return sum;
  };
  const instruments = Object.keys(definitions).map((name, index) => [name, instrument(families[index], own)]);
  // Each name's instrument takes the labels of its own definition; no type can follow that through a list.
  const of = Object.fromEntries(instruments) as Metrics<All>["of"];
  return {
    buffer,
    of,
    render: () => families.map((family) => renderFamily(family, cell)).join(""),
  };
}

/** A metric and where its numbers lie in each lane: for every mix of label values a few cells. */
interface Family {
  readonly definition: MetricDefinition;
  readonly start: number;
  readonly labels: readonly {
    readonly name: string;
    readonly values: readonly string[];
    readonly index: ReadonlyMap<string, number>;
  }[];
  readonly series: number;
  /** One; for a histogram, one per bucket and one for the sum. */
  readonly cells: number;
}

const other = "other";
/** Two megabytes for each thread; a backend of 400 collections needs them. */
const mostSeries = 250_000;

function define<Label extends string>(
  kind: MetricDefinition["kind"],
  name: string,
  help: string,
  labels: Readonly<Record<Label, readonly string[]>> | undefined,
  buckets: readonly number[],
): MetricDefinition<Label> {
  // Without labels, `Label` is `never`, and a record without keys is what it asks for.
  return { kind, name, help, labels: labels ?? ({} as Record<Label, readonly string[]>), buckets };
}

function check(definition: MetricDefinition, names: Set<string>): void {
  const { kind, name, labels, buckets } = definition;
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new RangeError(`${name} is no name for a metric.`);
  if (names.has(name)) throw new RangeError(`The metric ${name} is declared twice.`);
  names.add(name);
  for (const label of Object.keys(labels)) {
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === "le") {
      throw new RangeError(`${name} has the label ${label}, which is no name for a label.`);
    }
  }
  if (kind === "histogram" && !buckets.every((bound, index) => bound > (buckets[index - 1] ?? -Infinity))) {
    throw new RangeError(`${name} must have buckets that grow.`);
  }
}

function layOut(definition: MetricDefinition, start: number): Family {
  const labels = Object.entries(definition.labels).map(([name, known]) => {
    const values = [...new Set([...known, other])];
    return { name, values, index: new Map(values.map((value, index) => [value, index])) };
  });
  const series = labels.reduce((product, label) => product * label.values.length, 1);
  if (series > mostSeries)
    throw new RangeError(`${definition.name} has ${series} mixes of labels: ${mostSeries} at most.`);
  return {
    definition,
    start,
    labels,
    series,
    cells: definition.kind === "histogram" ? definition.buckets.length + 2 : 1,
  };
}

function instrument(family: Family | undefined, lane: Float64Array): Instrument<string> {
  if (family === undefined) throw new RangeError("Every metric has a family.");
  const { start, labels, cells, definition } = family;
  const { kind, buckets } = definition;
  return {
    record(value, given?: Readonly<Record<string, string>>) {
      let series = 0;
      for (const { name, values, index } of labels) {
        const known = index.get(given?.[name] ?? other) ?? index.get(other) ?? 0;
        series = series * values.length + known;
      }
      let place = start + series * cells;
      if (kind === "histogram") {
        lane[place + cells - 1] = (lane[place + cells - 1] ?? 0) + value;
        let bucket = 0;
        while (bucket < buckets.length && value > (buckets[bucket] ?? 0)) bucket++;
        place += bucket;
        value = 1;
      }
      lane[place] = (lane[place] ?? 0) + value;
    },
  };
}

function renderFamily(family: Family, cell: (offset: number) => number): string {
  const { definition, start, labels, series, cells } = family;
  const { name, kind, buckets } = definition;
  let text = `# HELP ${name} ${escape(definition.help, /[\\\n]/g)}\n# TYPE ${name} ${kind}\n`;
  for (let index = 0; index < series; index++) {
    const place = start + index * cells;
    const count = (offset: number): number => cell(place + offset);
    // Of the mixes of labels only those that occurred are told, or most lines would be zeros.
    if (labels.length > 0 && isZero(count, cells)) continue;
    const counts = Array.from({ length: cells }, (_, offset) => count(offset));
    const pairs = labelPairs(labels, index);
    if (kind !== "histogram") {
      text += `${name}${braces(pairs)} ${counts[0]}\n`;
      continue;
    }
    const sum = counts.pop();
    let total = 0;
    for (const [bucket, more] of counts.entries()) {
      total += more;
      text += `${name}_bucket${braces([...pairs, `le="${buckets[bucket] ?? "+Inf"}"`])} ${total}\n`;
    }
    text += `${name}_sum${braces(pairs)} ${sum}\n${name}_count${braces(pairs)} ${total}\n`;
  }
  return text;
}

function isZero(count: (offset: number) => number, cells: number): boolean {
  for (let offset = 0; offset < cells; offset++) if (count(offset) !== 0) return false;
  return true;
}

function labelPairs(labels: Family["labels"], series: number): readonly string[] {
  let rest = series;
  const pairs: string[] = [];
  for (const { name, values } of labels.toReversed()) {
    pairs.unshift(`${name}="${escape(values[rest % values.length] ?? other, /["\\\n]/g)}"`);
    rest = Math.floor(rest / values.length);
  }
  return pairs;
}

function braces(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escape(text: string, special: RegExp): string {
  return text.replace(special, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
