import { expect, test } from "vitest";
import { GalleyError } from "../../kit/galley-error.ts";
import { isOutage, isStale, outageError } from "./postgres-errors.ts";
import { checkVersion } from "./postgres-session.ts";
import { startError } from "./postgres-start-error.ts";

const url = "postgres://ada:secret@db.example:5433/shop";
const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.for([
  ["28P01", 'password authentication failed for user "ada"', /refuses the user "ada".*Check user and password/],
  ["28000", 'no pg_hba.conf entry for host "1.2.3.4"', /refuses the user "ada".*no pg_hba\.conf entry/],
  ["3D000", 'database "shop" does not exist', /has no database "shop"; create it/],
  ["42501", "permission denied for schema public", /lets the user "ada" make no tables/],
  ["ECONNREFUSED", "connect ECONNREFUSED 10.0.0.1:5433", /can't be used: connect ECONNREFUSED.*that the server runs/],
  ["ENOTFOUND", "getaddrinfo ENOTFOUND db.example", /can't be used: getaddrinfo ENOTFOUND/],
  ["", "timeout expired", /can't be used: timeout expired/],
  ["", "The server does not support SSL connections", /has no TLS, which sslmode asks for/],
  ["53300", "sorry, too many clients already", /can't be used: sorry, too many clients/],
] as const)(
  "a start that fails with %s says what would be right in one line, and no password",
  ([code, message, line]) => {
    const told = startError(outageError(failure(code, message)), url);
    if (!(told instanceof Error)) throw new Error("No error was told.");
    expect(told.message).toMatch(line);
    expect(told.message).toContain("db.example:5433");
    expect(told.message).not.toMatch(/secret|\n/);
  },
);

test("a server that is too old is refused with the version that would do", async () => {
  const versioned = (number: string, name: string) => () => Promise.resolve([[number, name]]);
  await expect(checkVersion(versioned("130014", "13.14"))).rejects.toThrow(
    "The PostgreSQL server is version 13.14; Galley needs 14 or newer.",
  );
  await checkVersion(versioned("140000", "14.0"));
});

test.for(["57P01", "57P03", "08006", "53300", "25006", "ECONNRESET", "EPIPE", "ENETUNREACH"])(
  "%s is an outage, which clients are told as overloaded",
  (code) => {
    const told = outageError(failure(code, "an internal detail"));
    expect(told).toBeInstanceOf(GalleyError);
    expect(told).toMatchObject({ code: "overloaded", status: 503, headers: { "retry-after": "1" } });
    expect(String(told)).not.toContain("internal detail");
  },
);

test.for(["40001", "40P01", "23505", "22P02", "42P01"])("%s is no outage", (code) => {
  expect(isOutage(failure(code, "x"))).toBe(false);
});

const unsupported = (routine: string, message: string) => Object.assign(failure("0A000", message), { routine });

test.for(["call_enum_check_hook", "call_bool_check_hook", "GetSerializableTransactionSnapshot"])(
  "a server that has become a standby is one that is away, as its %s says in whatever language",
  (routine) => {
    const error = unsupported(routine, "kann den Modus im Hot Standby nicht verwenden");
    expect(outageError(error)).toMatchObject({ code: "overloaded", status: 503 });
    expect(isStale(error)).toBe(false);
  },
);

test("a statement that has to be prepared again is known in whatever language the server speaks", () => {
  const error = unsupported("RevalidateCachedQuery", "gecachter Plan darf den Ergebnistyp nicht ändern");
  expect([isStale(error), isOutage(error)]).toEqual([true, false]);
  expect(isStale(unsupported("transformCreateStmt", "cached plan"))).toBe(false);
});
