import { defineConfig } from "vitest/config"

export default defineConfig({
  // `import … from "tenantry"` means the sources, as tsconfig.json says.
  resolve: { tsconfigPaths: true },
  // A worker for every core: the default leaves one idle, which is half of two.
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: "100%" },
})
