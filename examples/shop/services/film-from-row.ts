import type { CreateOf } from "galley";
import type { films } from "../collections/films.ts";

/** A row of `movies.json`, as it is. */
export interface MovieRow {
  /** A number where the title is one: 1941, 300, 9. */
  readonly Title: string | number | null;
  readonly "US Gross": number | null;
  readonly "Worldwide Gross": number | null;
  readonly "US DVD Sales": number | null;
  readonly "Production Budget": number | null;
  /** `Jun 12 1998`. */
  readonly "Release Date": string | null;
  readonly "MPAA Rating": Film["certificate"];
  readonly "Running Time min": number | null;
  readonly Distributor: string | null;
  readonly Source: string | null;
  readonly "Major Genre": Film["genre"];
  readonly "Creative Type": string | null;
  readonly Director: string | null;
  readonly "Rotten Tomatoes Rating": number | null;
  readonly "IMDB Rating": number | null;
  readonly "IMDB Votes": number | null;
}

type Film = Required<CreateOf<typeof films>>;

/** The data set was made in 2010 and announces films up to 2011: a later year is one of the 1900s, written with two digits once. */
const lastYear = 2011;

/**
 * The film that a row becomes. What the data doesn't say is null; what only a shop knows follows from the row by a fixed
 * rule, so that every shop is filled alike:
 *
 * - price: 9.99, and 5.00 more for films since 2000, 10.00 more since 2009; 2.00 more for those rated 8 and above
 * - cost: six tenths of the price
 * - stock: between 0 and 60, scattered by the row's place in the file; every 61st film is sold out
 * - weight: a disc in its box, 120 g; 100 g more for films of more than two and a half hours, which need two
 *
 * @param index place in the file, from 0
 */
export function filmFromRow(row: MovieRow, index: number): CreateOf<typeof films> {
  const released = dateFrom(row["Release Date"]);
  const price = priceOf(released, row["IMDB Rating"]);
  return {
    title: row.Title === null ? null : String(row.Title),
    director: row.Director,
    genre: row["Major Genre"],
    creativeType: row["Creative Type"],
    source: row.Source,
    distributor: row.Distributor,
    certificate: row["MPAA Rating"],
    released,
    minutes: row["Running Time min"],
    rating: row["IMDB Rating"],
    votes: row["IMDB Votes"],
    criticsScore: row["Rotten Tomatoes Rating"],
    grossUs: cents(row["US Gross"]),
    grossWorldwide: cents(row["Worldwide Gross"]),
    dvdSalesUs: cents(row["US DVD Sales"]),
    budget: cents(row["Production Budget"]),
    price,
    stock: (index * 37) % 61,
    weight: (row["Running Time min"] ?? 0) > 150 ? 220 : 120,
    cost: Math.round(price * 0.6),
    supplierCode: `WH-${String(index + 1).padStart(5, "0")}`,
  };
}

/** `Jun 12 1998` as `1998-06-12`; null for what is no date of the calendar. */
export function dateFrom(written: string | null): string | null {
  const [, monthName = "", day = "", yearText = ""] =
    /^([A-Z][a-z]{2}) (\d\d?) (\d{4}|\d\d)$/.exec(written ?? "") ?? [];
  const month = "JanFebMarAprMayJunJulAugSepOctNovDec".indexOf(monthName) / 3 + 1;
  if (yearText === "" || !Number.isInteger(month)) return null;
  const year = yearText.length === 2 ? Number(yearText) + 2000 : Number(yearText);
  const time = new Date(Date.UTC(year > lastYear ? year - 100 : year, month - 1, Number(day)));
  // A day that the month doesn't have runs over into the next.
  return time.getUTCDate() === Number(day) ? time.toISOString().slice(0, 10) : null;
}

function priceOf(released: string | null, rating: number | null): number {
  const year = released === null ? 0 : Number(released.slice(0, 4));
  const base = year >= 2009 ? 1999 : year >= 2000 ? 1499 : 999;
  return (rating ?? 0) >= 8 ? base + 200 : base;
}

/** The data set counts whole dollars. */
function cents(dollars: number | null): number | null {
  return dollars === null ? null : dollars * 100;
}
