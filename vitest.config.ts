import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["galley-source"] },
  ssr: { resolve: { conditions: ["galley-source"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--conditions=galley-source"],
    testTimeout: 30_000,
  },
});
