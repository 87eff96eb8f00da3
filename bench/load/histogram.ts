const subdivisions = 64;
const linear = 2 * subdivisions;
const buckets = linear + 25 * subdivisions;

/** Counts of times, in buckets that are 1.6 % wide: how many took how long, without keeping each. */
export interface Histogram {
  /** @param microseconds how long one took */
  record(microseconds: number): void;
  readonly counts: Uint32Array;
}

export function createHistogram(): Histogram {
  const counts = new Uint32Array(buckets);
  return {
    counts,
    record(microseconds) {
      const value = Math.max(0, Math.min(microseconds, 0x7fffffff)) | 0;
      const index = bucketOf(value);
      counts[index] = (counts[index] ?? 0) + 1;
    },
  };
}

function bucketOf(value: number): number {
  if (value < linear) return value;
  const shift = 31 - Math.clz32(value) - 6;
  return linear + (shift - 1) * subdivisions + ((value >> shift) - subdivisions);
}

/** The largest value that a bucket counts. */
function endOf(bucket: number): number {
  if (bucket < linear) return bucket + 1;
  const shift = Math.floor((bucket - linear) / subdivisions) + 1;
  return (((bucket - linear) % subdivisions) + subdivisions + 1) * 2 ** shift;
}

/** Counts of several histograms together. */
export function sumOf(all: readonly Uint32Array[]): Uint32Array {
  const sum = new Uint32Array(buckets);
  for (const counts of all) counts.forEach((count, bucket) => (sum[bucket] = (sum[bucket] ?? 0) + count));
  return sum;
}

/**
 * The time within which so many were answered, in milliseconds.
 * @param share 0.99 for the 99th percentile
 */
export function percentile(counts: Uint32Array, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let left = Math.ceil(total * share);
  for (const [bucket, count] of counts.entries()) {
    left -= count;
    if (left <= 0) return endOf(bucket) / 1000;
  }
  return 0;
}
