/** A value that is JSON already, as text or as pieces of UTF-8, for those who only pass it on. */
export class JsonText {
  readonly text: string | readonly Uint8Array[];
  /** Names of the members, where it is a record. */
  readonly members: readonly string[];
  /** Some of the values, for those who must know them. */
  readonly known: Readonly<Record<string, unknown>>;
  /** The SHA-256 of the text as base64url, where it was made along with it. */
  readonly digest: string | undefined;

  constructor(
    text: string | readonly Uint8Array[],
    members: readonly string[] = [],
    known: Readonly<Record<string, unknown>> = {},
    digest?: string,
  ) {
    this.text = text;
    this.members = members;
    this.known = known;
    this.digest = digest;
  }
}
