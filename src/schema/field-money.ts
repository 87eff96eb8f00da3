import { Field } from "./field.ts";
import { numberType } from "./field-number.ts";
import { optionsOf } from "./option-mistakes.ts";

/** Limits and currency of an amount. */
export interface MoneyOptions {
  /**
   * ISO 4217 code.
   * @defaultValue USD
   */
  readonly currency?: string;
  /** Smallest amount, in minor units. */
  readonly min?: number;
  /** Largest amount, in minor units. */
  readonly max?: number;
}

/**
 * An amount of money: a whole number of minor units (cents), its currency declared here once.
 *
 * @example
 * price: money({ currency: "EUR", min: 0 })
 */
export function money(options: MoneyOptions = {}): Field<number, "required", "shown"> {
  const { currency = "USD" } = optionsOf(options);
  const type = numberType("money", options, ["currency", "min", "max"]);
  return new Field({
    ...type,
    options: { ...type.options, currency },
    jsonSchema: () => ({ ...type.jsonSchema(), description: `Minor units of ${currency}` }),
    mistakes: () => [
      ...type.mistakes(),
      ...(Intl.supportedValuesOf("currency").includes(currency)
        ? []
        : [`has the currency "${currency}", which is no ISO 4217 code`]),
    ],
  });
}
