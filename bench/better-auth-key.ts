/**
 * A key of better-auth's, in memory, with a rate limit and units that last: what this library is measured beside.
 *
 * Open it in a thread of its own: the async hooks that it turns on slow every promise there is.
 *
 * @module
 */
import { apiKey } from "@better-auth/api-key"
import { betterAuth } from "better-auth"
import { memoryAdapter } from "better-auth/adapters/memory"
import { randomIds } from "../src/kernel/id.ts"

const MANY = 1_000_000_000

/** A single key, which is the best case, since better-auth's adapter looks through all of them; and its verification. */
export async function betterAuthKey(): Promise<
  Readonly<{ secret: string; verify: (secret: string) => Promise<boolean> }>
> {
  const auth = betterAuth({
    baseURL: "https://app.example",
    secret: randomIds.token(),
    database: memoryAdapter({ user: [], session: [], account: [], verification: [], apikey: [] }),
    plugins: [apiKey({ rateLimit: { enabled: true, timeWindow: 3_600_000, maxRequests: MANY } })],
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
  const { internalAdapter } = await auth.$context
  const ada = { email: "ada@acme.example", name: "Ada", emailVerified: true }
  const { id } = await internalAdapter.createUser(ada, { method: "admin" })
  const permissions = { api: ["use"] }
  const { key } = await auth.api.createApiKey({ body: { userId: id, remaining: MANY, permissions } })
  const verify = async (secret: string) => (await auth.api.verifyApiKey({ body: { key: secret, permissions } })).valid
  return { secret: key, verify }
}
