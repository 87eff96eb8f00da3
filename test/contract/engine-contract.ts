import { describe } from "vitest";
import type { CreateHome } from "./engine-home.ts";
import { describeFeed } from "./feed-contract.ts";
import { describeLoads } from "./load-contract.ts";
import { describeMigrations } from "./migration-contract.ts";
import { describeQueries } from "./query-contract.ts";
import { describeReferenceMigrations } from "./reference-migration-contract.ts";
import { describeSearches } from "./search-contract.ts";
import { describeTransactions } from "./transaction-contract.ts";
import { describeWrites } from "./write-contract.ts";

/** What is expected of every engine, and how hard it is looked for. */
export interface ContractOptions {
  /** Random worlds of each property. */
  readonly runs: number;
  /** What a search by relevance takes for the best: databases rank each in their own way, and are let. */
  readonly best: "short" | "repeated";
}

/** The contract of engines: each passes all of it, so that what works on one works on all. */
export function describeEngine(name: string, createHome: CreateHome, { runs, best }: ContractOptions): void {
  describe(name, () => {
    describeQueries(createHome, runs);
    describeSearches(createHome, runs, best);
    describeWrites(createHome, runs);
    describeTransactions(createHome);
    describeFeed(createHome, runs);
    describeLoads(createHome, runs);
    describeMigrations(createHome);
    describeReferenceMigrations(createHome);
  });
}
