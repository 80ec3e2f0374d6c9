import { defineConfig } from "vitest/config"

// Another Kysely than the installed one, by the folder of its package.
const kysely = process.env["TENANTRY_KYSELY"]

/** What works long or keeps much: each file has a worker to itself, and with it all memory. */
const alone = ["test/{faults,generated,http,model,package,races,races-sql,readme,record-cache,store}/**/*.test.ts"]

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
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A worker for every core: the default leaves one idle, which is half of two.
    maxWorkers: "100%",
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      // Short files share a worker's modules, since to load them anew takes longer than their tests. What a test does to a
      // global it takes back.
      { extends: true, test: { name: "together", include: ["test/**/*.test.ts"], exclude: alone, isolate: false } },
    ],
  },
})
