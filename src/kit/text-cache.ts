/** How much a {@link TextCache} keeps, and who is told of the rest. */
export interface TextCacheOptions {
  /** Values at the most. */
  readonly most: number;
  /** Characters of all their texts together: where clients choose the texts, few long ones can hold more than many short ones. */
  readonly characters: number;
  /** Told of each text that had to go. */
  readonly dropped?: (text: string) => void;
}

/**
 * Values by the texts they are made of; the oldest goes first. To know which was used least recently would be two changes to a map
 * for each look, and a map that is changed that often is copied as often.
 *
 * @example
 * const statements = new TextCache<Statement>({ most: 500, characters: 2 ** 20 });
 * const statement = statements.get(text) ?? statements.add(text, database.prepare(text));
 */
export class TextCache<V extends object> {
  readonly #limits: TextCacheOptions;
  /** Maps keep the order of insertion. */
  readonly #values = new Map<string, V>();
  #characters = 0;

  constructor(limits: TextCacheOptions) {
    this.#limits = limits;
  }

  get(text: string): V | undefined {
    return this.#values.get(text);
  }

  /** Keeps the value of a text that isn't there, and answers it. */
  add(text: string, value: V): V {
    this.#characters += text.length;
    for (const oldest of this.#values.keys()) {
      if (this.#values.size < this.#limits.most && this.#characters <= this.#limits.characters) break;
      this.#values.delete(oldest);
      this.#characters -= oldest.length;
      this.#limits.dropped?.(oldest);
    }
    this.#values.set(text, value);
    return value;
  }

  clear(): void {
    this.#values.clear();
    this.#characters = 0;
  }
}
