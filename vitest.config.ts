import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["galley-source"] },
  ssr: { resolve: { conditions: ["galley-source"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
    pool: "forks",
    // Much of what is tested waits: for a server that starts, for a disk, for a time limit.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    execArgv: ["--conditions=galley-source"],
    testTimeout: 60_000,
  },
});
