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
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A worker for every core: the default leaves one idle, which is half of two.
    maxWorkers: "100%",
    // Files share a worker's modules: to load them anew for each of 200 files takes a fifth of all time. What a test does
    // to a global it takes back.
    isolate: false,
  },
})
