import { defineConfig } from "vitest/config"

// Another Kysely than the installed one, by the folder of its package.
const kysely = process.env["TENANTRY_KYSELY"]

export default defineConfig({
  // `import … from "tenantry"` means the sources, as tsconfig.json says.
  resolve: {
    tsconfigPaths: true,
    alias:
      kysely === undefined
        ? []
        : [
            { find: /^kysely$/, replacement: `${kysely}/dist/index.js` },
            { find: /^kysely\/(\w+)$/, replacement: `${kysely}/dist/$1/index.js` },
          ],
  },
  // A worker for every core: the default leaves one idle, which is half of two.
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 180_000, maxWorkers: "100%" },
})
