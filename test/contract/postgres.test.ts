import { describeEngine } from "./engine-contract.ts";
import { postgresHomes } from "./postgres-home.ts";

describeEngine("PostgreSQL", await postgresHomes(), { runs: 5, best: "repeated" });
