/**
 * Routes of API keys: an organization's, and one's own.
 *
 * @module
 */
import * as z from "zod"
import type { ApiKeyView } from "../../api-key/key-view.ts"
import type { Secret } from "../../kernel/secret.ts"
import { apiKeys } from "../../registry.ts"
import { type Answers, Fields, list, pageOf } from "../answer.ts"
import { type Route, route } from "../route.ts"

/** Whose key it is. */
export const KeyHolder = z.discriminatedUnion("type", [
  z.object({ type: z.literal("organization") }),
  z.object({ type: z.literal("member"), userId: z.string(), membershipId: z.string() }),
  z.object({ type: z.literal("person"), userId: z.string() }),
])

/** Where a key may be used from. */
export const IpRule = z.object({ cidr: z.string(), api: z.string().nullable() })

const ApiKey = z.object({
  id: z.string(),
  organizationId: z.string().nullable(),
  holder: KeyHolder,
  name: z.string(),
  projectId: z.string().nullable(),
  scopes: list(z.string()),
  metadata: Fields,
  environment: z.string(),
  hint: z.string(),
  state: z.enum(["active", "disabled", "expired", "revoked", "inactive"]),
  previousUntil: z.date().nullable(),
  expiresAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
  ipRules: list(IpRule),
  endpointRules: list(z.string()),
  rateLimit: z.object({ limit: z.int(), windowSeconds: z.int() }).nullable(),
  monthlyUnits: z.int().nullable(),
  createdBy: z.object({ type: z.string(), id: z.string() }),
  createdAt: z.date(),
  revision: z.int(),
})
/** A key with its secret, which is shown this once. */
const IssuedApiKey = z.object({ apiKey: ApiKey, secret: z.string() })
const ApiKeyPage = pageOf(ApiKey)

export const keyAnswers: Answers = { ApiKey, ApiKeyPage, IssuedApiKey }

const params = { keyId: "apiKeyId" }
const row = "apiKeyId"

type Issued = Readonly<{ apiKey: ApiKeyView; secret: Secret }>
const revealed = ({ apiKey, secret }: Issued) => ({ apiKey, secret: secret.reveal() })
const idOf = ({ apiKey }: z.output<typeof IssuedApiKey>) => apiKey.id
const issuing = { answer: IssuedApiKey, show: revealed, secretOf: idOf } as const
const alone = ({ apiKey }: Readonly<{ apiKey: ApiKeyView }>) => apiKey

/** The same routes in an organization and on the caller's own account. */
const keyRoutesAt = (place: "/organizations" | "/account", whose: string): readonly Route[] => [
  route(`GET ${place}/keys`, apiKeys.list, { summary: `Keys of ${whose}`, answer: ApiKeyPage }),
  route(`POST ${place}/keys`, apiKeys.create, {
    summary: `Make a key of ${whose} and show its secret, once`,
    status: 201,
    ...issuing,
    example: { name: "production", scopes: ["api.use"] },
  }),
  route(`GET ${place}/keys/{keyId}`, apiKeys.get, { summary: `One key of ${whose}`, params, answer: ApiKey }),
  route(`PATCH ${place}/keys/{keyId}`, apiKeys.update, {
    summary: `Change a key of ${whose}`,
    params,
    row,
    answer: ApiKey,
    show: alone,
    example: { name: "production", ipRules: [{ cidr: "203.0.113.0/24" }], allowLockout: true },
  }),
  route(`DELETE ${place}/keys/{keyId}`, apiKeys.delete, {
    summary: `End a key of ${whose} for good`,
    params,
    row,
    answer: ApiKey,
    show: alone,
  }),
  route(`POST ${place}/keys/{keyId}/enable`, apiKeys.enable, {
    summary: `Turn a key of ${whose} on`,
    params,
    row,
    answer: ApiKey,
    show: alone,
  }),
  route(`POST ${place}/keys/{keyId}/disable`, apiKeys.disable, {
    summary: `Turn a key of ${whose} off`,
    params,
    row,
    answer: ApiKey,
    show: alone,
  }),
  route(`POST ${place}/keys/{keyId}/rotate`, apiKeys.rotate, {
    summary: `Give a key of ${whose} a new secret and show it, once`,
    params,
    row,
    ...issuing,
    example: { graceSeconds: 3600 },
  }),
]

export const keyRoutes: readonly Route[] = [
  ...keyRoutesAt("/organizations", "the organization"),
  ...keyRoutesAt("/account", "the caller's own"),
]
