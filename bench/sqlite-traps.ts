// Two spellings that make SQLite prepare a statement again each time it is run, beside the ones that don't. Ratios well
// above 1 are the reason for `LIMIT min(?, n)` in sqlite-select.ts; should the second become so too, equality needs `+?`.
import { DatabaseSync } from "node:sqlite";

const rows = 100_000;
const database = new DatabaseSync(":memory:");
database.exec("CREATE TABLE films (id INTEGER PRIMARY KEY, genre TEXT, votes INTEGER, title TEXT)");
database.exec("CREATE INDEX films_genre_votes ON films (genre, votes, id)");
const insert = database.prepare("INSERT INTO films (genre, votes, title) VALUES (?, ?, ?)");
database.exec("BEGIN");
for (let row = 0; row < rows; row++) insert.run(`genre ${row % 20}`, (row * 7919) % rows, `title ${row}`);
database.exec("COMMIT");

const page = (condition: string, limit: string): string =>
  `SELECT id, genre, votes, title FROM films WHERE genre = ${condition} ORDER BY votes DESC, id DESC LIMIT ${limit}`;

compare("LIMIT ? against LIMIT min(?, 200)", page("?", "?"), page("?", "min(?, 200)"));
compare("genre = ? against genre = +?", page("?", "min(?, 200)"), page("+?", "min(?, 200)"));

/** Prints how many times as long the first takes as the second, over interleaved rounds. */
function compare(name: string, first: string, second: string): void {
  const statements = [database.prepare(first), database.prepare(second)] as const;
  const ratios = Array.from({ length: 15 }, () => time(statements[0]) / time(statements[1])).toSorted((a, b) => a - b);
  const [least = 0, median = 0, most = 0] = [ratios[0], ratios[7], ratios[14]];
  console.log(`${name}: ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`);
}

function time(statement: ReturnType<DatabaseSync["prepare"]>): number {
  const began = performance.now();
  for (let run = 0; run < 500; run++) statement.all(`genre ${run % 20}`, 20);
  return performance.now() - began;
}
