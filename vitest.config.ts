import { defineConfig } from "vitest/config"

export default defineConfig({
  // `import … from "tenantry"` means the sources, as tsconfig.json says.
  resolve: { tsconfigPaths: true },
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
})
