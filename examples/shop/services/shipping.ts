/** Cents for the first half kilogram, and for every further one begun. */
interface Rate {
  readonly first: number;
  readonly further: number;
}

const domestic: Rate = { first: 399, further: 150 };
const neighbours: Rate = { first: 799, further: 300 };
const europe: Rate = { first: 1199, further: 450 };
const world: Rate = { first: 1499, further: 600 };

const neighbourCountries = new Set(["CA", "MX"]);
const europeanCountries = new Set(
  "AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK SM".split(" "),
);

/**
 * What it costs to send a parcel from the shop in the United States.
 *
 * @param grams weight of the parcel; nothing to send costs nothing
 * @param country ISO 3166-1 alpha-2
 * @returns cents
 */
export function shippingCost(grams: number, country: string): number {
  if (grams <= 0) return 0;
  const { first, further } = rateFor(country);
  return first + (Math.ceil(grams / 500) - 1) * further;
}

function rateFor(country: string): Rate {
  if (country === "US") return domestic;
  if (neighbourCountries.has(country)) return neighbours;
  return europeanCountries.has(country) ? europe : world;
}
