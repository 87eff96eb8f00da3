import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigurationError, readConfiguration, readEnvironmentFile, type Variables } from "./configuration.ts";
import { settings } from "./settings.ts";

function mistakesIn(environment: Variables, options: Parameters<typeof readConfiguration>[1] = {}): readonly string[] {
  try {
    readConfiguration(environment, options);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}

describe("readConfiguration", () => {
  it("has a default for everything", () => {
    expect(readConfiguration({ PATH: "/bin", HOME: "/root" }, { folder: "/srv" })).toEqual({
      port: 3000,
      databaseConnections: 20,
      rateLimits: true,
      host: "127.0.0.1",
      dataFolder: resolve("/srv/data"),
      database: { engine: "sqlite", file: resolve("/srv/data/galley.db") },
      threads: availableParallelism(),
      logLevel: "info",
      adminEmail: "admin@example.com",
      adminPassword: undefined,
      trustedProxies: [],
      corsOrigins: [],
      bodyLimit: 1_048_576,
      shutdownSeconds: 10,
    });
    expect(Object.isFrozen(readConfiguration({}))).toBe(true);
  });

  it("prefers the command line to the environment, that to .env, and that to defaults", () => {
    const file = { PORT: "1", HOST: "a", GALLEY_DATA: "b", GALLEY_THREADS: "" };
    const defaults = { GALLEY_THREADS: "1", PORT: "9" };
    const configuration = readConfiguration(
      { PORT: "2", HOST: "c", GALLEY_DATA: "" },
      { file, overrides: { PORT: "3" }, defaults, folder: "/srv" },
    );
    expect(configuration).toMatchObject({ port: 3, host: "c", dataFolder: resolve("/srv/b"), threads: 1 });
  });

  it("keeps the database in the data folder unless told otherwise", () => {
    const fileOf = (variables: Variables): string => {
      const { database } = readConfiguration(variables, { folder: "/srv" });
      return database.engine === "sqlite" ? database.file : "";
    };
    expect(fileOf({ GALLEY_DATA: "/var/galley" })).toBe(resolve("/var/galley/galley.db"));
    expect(fileOf({ DATABASE_URL: "sqlite:./a.db" })).toBe(resolve("/srv/a.db"));
    expect(fileOf({ DATABASE_URL: "sqlite:/a.db" })).toBe(resolve("/a.db"));
    expect(fileOf({ DATABASE_URL: "sqlite:///a.db" })).toBe(resolve("/a.db"));
  });

  it("reads lists", () => {
    const lists = {
      GALLEY_TRUSTED_PROXIES: "loopback, 10.0.0.0/8,",
      GALLEY_CORS_ORIGINS: "https://a.example,http://b:1",
    };
    expect(readConfiguration(lists)).toMatchObject({
      trustedProxies: ["loopback", "10.0.0.0/8"],
      corsOrigins: ["https://a.example", "http://b:1"],
    });
    expect(readConfiguration({ GALLEY_CORS_ORIGINS: "*" }).corsOrigins).toBe("*");
  });

  it("tells every mistake at once: what, where, and what would be right", () => {
    const mistakes = mistakesIn(
      { PORT: "80a", LOG_LEVEL: "loud", GALLEY_THREDS: "2", CACHE_URL: "redis://x", GALLEY_COLOUR: "red" },
      { file: { GALLEY_BODY_LIMIT: "1e6", GALLEY_DATE: "x" }, overrides: { HOST: "a b" } },
    );
    expect(mistakes).toEqual([
      "CACHE_URL in the environment is not supported by this version: it must not be set.",
      "GALLEY_THREDS in the environment is no setting. Did you mean GALLEY_THREADS?",
      expect.stringMatching(/^GALLEY_COLOUR in the environment is no setting\. The settings are PORT, HOST, /),
      "GALLEY_DATE in .env is no setting. Did you mean GALLEY_DATA?",
      'PORT in the environment is "80a": it must be a whole number from 0 to 65535.',
      'HOST on the command line is "a b": it must be an IP address or a host name.',
      'LOG_LEVEL in the environment is "loud": it must be one of debug, info, warn, error, silent.',
      'GALLEY_BODY_LIMIT in .env is "1e6": it must be a whole number from 1024 to 1073741824.',
    ]);
  });

  it("refuses databases that this version doesn't have, without repeating their passwords", () => {
    const [mistake = ""] = mistakesIn({ DATABASE_URL: "mysql://galley:hunter2@db/galley" });
    expect(mistake).toContain("mysql: is not supported by this version");
    expect(mistake).not.toContain("hunter2");
    for (const url of ["sqlite:", "sqlite::memory:", "sqlite://host", "sqlite:data/", "./data", "file:a.db"]) {
      expect(mistakesIn({ DATABASE_URL: url })).toHaveLength(1);
    }
  });

  it("refuses what .env says about TLS to a database server, which is read from the environment alone", () => {
    const DATABASE_URL = "postgres://db/shop";
    const file = { DATABASE_URL, PGSSLMODE: "verify-full" };
    expect(mistakesIn({}, { file })).toEqual([
      "PGSSLMODE in .env is not read: set it in the environment, or say it in DATABASE_URL.",
    ]);
    expect(mistakesIn({ DATABASE_URL, PGSSLMODE: "verify-full" })).toEqual([]);
    expect(mistakesIn({}, { file: { PGSSLMODE: "verify-full" } })).toEqual([]);
  });

  it("refuses a password that is too short, without repeating it", () => {
    const [mistake] = mistakesIn({ GALLEY_ADMIN_PASSWORD: "hunter2" });
    expect(mistake).toBe("GALLEY_ADMIN_PASSWORD in the environment is not right: it must be 8 to 256 characters long.");
  });

  it("refuses origins with paths, proxies with names and numbers that are none", () => {
    for (const origin of ["https://a.example/", "a.example", "null", "ftp://a", "https://a/b", "https://a,*"]) {
      expect(mistakesIn({ GALLEY_CORS_ORIGINS: origin })).toHaveLength(1);
    }
    expect(mistakesIn({ GALLEY_TRUSTED_PROXIES: "localhost" })).toHaveLength(1);
    for (const port of ["-1", "65536", "1.5", "0x10", " 80", "99999999999999999999"]) {
      expect(mistakesIn({ PORT: port })).toHaveLength(1);
    }
    expect(mistakesIn({ GALLEY_ADMIN_EMAIL: "nobody" })).toHaveLength(1);
  });
});

describe("readEnvironmentFile", () => {
  it("reads a file that is there, and is content when it isn't", () => {
    const folder = mkdtempSync(join(tmpdir(), "galley-"));
    try {
      const path = join(folder, ".env");
      expect(readEnvironmentFile(path)).toEqual({});
      writeFileSync(path, '# note\nPORT=4000\nGALLEY_ADMIN_PASSWORD="with # and space"\n');
      expect(readEnvironmentFile(path)).toEqual({ PORT: "4000", GALLEY_ADMIN_PASSWORD: "with # and space" });
      expect(() => readEnvironmentFile(folder)).toThrow(/can't be read \(EISDIR\)/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("documents each setting by name, default and meaning", () => {
  for (const { name, default: standard, meaning } of Object.values(settings)) {
    expect(name).toMatch(/^[A-Z_]+$/);
    expect(typeof standard).toBe("string");
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  }
});
