/** The same bytes, of which is said how many were read. */
export async function* counted(
  source: AsyncIterable<Uint8Array>,
  read: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    read(bytes.length);
    yield bytes;
  }
}
