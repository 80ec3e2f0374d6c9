import { defineConfig } from "tsup"

export default defineConfig({
  entry: {
    index: "src/index.ts",
    organization: "src/organization/organization.ts",
    membership: "src/membership/membership.ts",
    invitation: "src/invitation/invitation.ts",
    "api-key": "src/api-key/public.ts",
    policy: "src/policy/policy.ts",
    presets: "src/presets/presets.ts",
    memory: "src/store/memory/memory-store.ts",
    kysely: "src/store/kysely/kysely-store.ts",
    "command-line": "src/store/kysely/command-line.ts",
    "rate-limiter-flexible": "src/rate-limiter-flexible/rate-limiter-flexible.ts",
    redis: "src/redis/redis-cache.ts",
    http: "src/http/http.ts",
    gate: "src/http/gate.ts",
    hono: "src/http/hono.ts",
    express: "src/http/express.ts",
    fastify: "src/http/fastify.ts",
    testing: "src/testing/testing.ts",
  },
  format: ["esm", "cjs"],
  target: "node20",
  platform: "node",
  dts: true,
  // For CommonJS too: without it each subpath would carry its own copy of every class and symbol.
  splitting: true,
  clean: true,
})
