/**
 * Records that the database has written, as they stand between the brackets of an array. Bytes, which lie beside the memory that
 * garbage is collected from: thousands of records there would be copied by each collection until they are sent.
 */
export class WrittenRecords {
  readonly pieces: Buffer[] = [];
  count = 0;

  /** Adds records behind those that there are. */
  add(texts: readonly string[]): void {
    this.pieces.push(Buffer.from((this.count === 0 ? "" : ",") + texts.join(",")));
    this.count += texts.length;
  }
}
