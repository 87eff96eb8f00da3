import { expect, test } from "vitest";
import { dateFrom, filmFromRow, type MovieRow } from "./film-from-row.ts";

const row: MovieRow = {
  Title: "The Land Girls",
  "US Gross": 146083,
  "Worldwide Gross": 146083,
  "US DVD Sales": null,
  "Production Budget": 8000000,
  "Release Date": "Jun 12 1998",
  "MPAA Rating": "R",
  "Running Time min": null,
  Distributor: "Gramercy",
  Source: null,
  "Major Genre": null,
  "Creative Type": null,
  Director: null,
  "Rotten Tomatoes Rating": null,
  "IMDB Rating": 6.1,
  "IMDB Votes": 1071,
};

test("a row becomes a film, and what is missing stays missing", () => {
  expect(filmFromRow(row, 0)).toEqual({
    title: "The Land Girls",
    director: null,
    genre: null,
    creativeType: null,
    source: null,
    distributor: "Gramercy",
    certificate: "R",
    released: "1998-06-12",
    minutes: null,
    rating: 6.1,
    votes: 1071,
    criticsScore: null,
    grossUs: 14608300,
    grossWorldwide: 14608300,
    dvdSalesUs: null,
    budget: 800000000,
    price: 999,
    stock: 0,
    weight: 120,
    cost: 599,
    supplierCode: "WH-00001",
  });
});

test("a title that is a number becomes text, and one that is missing stays null", () => {
  expect(filmFromRow({ ...row, Title: 1941 }, 0).title).toBe("1941");
  expect(filmFromRow({ ...row, Title: null }, 0).title).toBeNull();
});

test("newer, better and longer films cost and weigh more", () => {
  const price = (change: Partial<MovieRow>) => filmFromRow({ ...row, ...change }, 0).price;
  expect(price({ "Release Date": "Jul 16 2010", "IMDB Rating": 9.1 })).toBe(2199);
  expect(price({ "Release Date": "Jan 01 2000" })).toBe(1499);
  expect(price({ "Release Date": "Dec 15 2039" })).toBe(999);
  expect(filmFromRow({ ...row, "Running Time min": 151 }, 0).weight).toBe(220);
});

test("a date is read in every way that the data writes it", () => {
  expect(dateFrom("Jun 12 1998")).toBe("1998-06-12");
  expect(dateFrom("Sep 9 2009")).toBe("2009-09-09");
  expect(dateFrom("Feb 29 1968")).toBe("1968-02-29");
  expect(dateFrom("Aug 07 98")).toBe("1998-08-07");
  expect(dateFrom("Aug 07 09")).toBe("2009-08-07");
});

test("a year that the data could not know of belongs to the century before", () => {
  expect(dateFrom("Dec 31 2046")).toBe("1946-12-31");
  expect(dateFrom("Feb 08 2015")).toBe("1915-02-08");
  expect(dateFrom("Dec 23 2011")).toBe("2011-12-23");
});

test("what is no date of the calendar is null", () => {
  for (const written of [
    null,
    "",
    "1998",
    "TBD",
    "Foo 12 1998",
    "anF 12 1998",
    "Feb 30 1998",
    "Jun 00 1998",
    "Jun 12 19980",
  ]) {
    expect(dateFrom(written), String(written)).toBeNull();
  }
});
