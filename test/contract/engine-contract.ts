import { describe } from "vitest";
import type { CreateHome } from "./engine-home.ts";
import { describeFeed } from "./feed-contract.ts";
import { describeMigrations } from "./migration-contract.ts";
import { describeQueries } from "./query-contract.ts";
import { describeTransactions } from "./transaction-contract.ts";
import { describeWrites } from "./write-contract.ts";

/** What is expected of every engine, and how hard it is looked for. */
export interface ContractOptions {
  /** Random worlds of each property. */
  readonly runs: number;
}

/** The contract of engines: each passes all of it, so that what works on one works on all. */
export function describeEngine(name: string, createHome: CreateHome, { runs }: ContractOptions): void {
  describe(name, () => {
    describeQueries(createHome, runs);
    describeWrites(createHome, runs);
    describeTransactions(createHome);
    describeFeed(createHome, runs);
    describeMigrations(createHome);
  });
}
