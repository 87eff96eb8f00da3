/** A value that is JSON already, for those who only pass it on. */
export class JsonText {
  readonly text: string;
  /** Names of the members, where it is a record. */
  readonly members: readonly string[];
  /** Some of the values, for those who must know them. */
  readonly known: Readonly<Record<string, unknown>>;

  constructor(text: string, members: readonly string[] = [], known: Readonly<Record<string, unknown>> = {}) {
    this.text = text;
    this.members = members;
    this.known = known;
  }
}
