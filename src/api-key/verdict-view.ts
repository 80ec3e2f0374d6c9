/**
 * What `verify` is asked and what it answers.
 *
 * @module
 */
import * as z from "zod"
import type { ApiKeyActor } from "../kernel/actor.ts"
import type { ApiKeyId } from "../kernel/id.ts"
import { parseInput } from "../kernel/input.ts"
import { frozenJson } from "../kernel/json.ts"
import type { Organization, OrganizationView } from "../organization/organization.ts"
import type { RateVerdict } from "../rate-limit/rate-limit.ts"
import type { QuotaView } from "../usage/consumption.ts"
import { ApiName, RequestId, Units } from "../usage/usage.ts"
import type { ApiKey } from "./api-key.ts"
import { shownHolder } from "./held.ts"
import { VERDICT_STATUS, type VerdictCode } from "./verdict.ts"

const Text = z.string().optional()

export const VerifyRequest = z.strictObject({
  /** The client's address; one that is no address fits no rule. */
  ip: Text,
  method: Text,
  path: Text,
  /** Which API of the product; one that the configuration declares, where it declares any. */
  api: ApiName.optional(),
  projectId: Text,
  /** What the key must be allowed. Default is `api.use`; null asks for none, where what it then does asks for itself. */
  permission: z.string().max(100).nullable().default("api.use"),
  /** What the request costs. Default is 1. */
  units: Units.default(1),
  /** Makes a repeated request count once within 24 hours. */
  requestId: RequestId.optional(),
  /** Default is `true`; `false` asks without counting; `rateLimit` takes from the key's rate limit alone. */
  meter: z.union([z.boolean(), z.literal("rateLimit")]).default(true),
  /** Shown in the activity of what the key then does. */
  userAgent: Text,
})

/** What a host says of the request that a key came with. */
export type VerifyRequest = z.input<typeof VerifyRequest>

/** A request with everything that it left out. */
export type Asked = z.output<typeof VerifyRequest>

/** The request with its defaults, or `invalid_input`. */
export const readRequest = (request: VerifyRequest): Asked => readPlainly(request) ?? parseInput(VerifyRequest, request)

const NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set(/* @__PURE__ */ Object.keys(VerifyRequest.shape))
const isText = (value: unknown): boolean => value === undefined || typeof value === "string"

/** What the schema makes of a request that is plainly fine, in a tenth of the time; null leaves it to the schema. */
export function readPlainly(request: VerifyRequest): Asked | null {
  const isPlain = typeof request === "object" && request !== null && Object.getPrototypeOf(request) === Object.prototype
  if (!isPlain) return null
  for (const name in request) if (!NAMES.has(name)) return null
  const { ip, method, path, api, projectId, permission = "api.use", units = 1 } = request
  const { requestId, meter = true, userAgent } = request
  const isFine =
    isText(ip) &&
    isText(method) &&
    isText(path) &&
    isText(projectId) &&
    isText(userAgent) &&
    (api === undefined || ApiName.safeParse(api).success) &&
    (permission === null || (typeof permission === "string" && permission.length <= 100)) &&
    Number.isSafeInteger(units) &&
    units >= 1 &&
    (requestId === undefined || RequestId.safeParse(requestId).success) &&
    (typeof meter === "boolean" || meter === "rateLimit")
  return isFine ? { ip, method, path, api, projectId, permission, units, requestId, meter, userAgent } : null
}

/** A key as a verdict shows it. */
export type VerifiedKey = Pick<
  ApiKey,
  | "id"
  | "name"
  | "organizationId"
  | "projectId"
  | "holder"
  | "environment"
  | "scopes"
  | "expiresAt"
  | "metadata"
  | "createdBy"
>

/** How a key's rate limit stands, and the window it is counted in. */
export type KeyRateLimit = RateVerdict & Readonly<{ windowSeconds: number }>

/** What some refusals say beside their code, for a host to answer well. */
export interface VerdictDetails {
  expired: Readonly<{ expiredAt: Date | null }>
  permission_denied: Readonly<{ permission: string | null }>
  rate_limited: Readonly<{ rateLimit: KeyRateLimit }>
  quota_exceeded: Readonly<{ quota: QuotaView }>
}

/** A refusal; `keyId` is the key whose secret it was, or null where it was nobody's. */
export type RefusedVerdict = {
  [Code in VerdictCode]: Readonly<{
    ok: false
    code: Code
    status: (typeof VERDICT_STATUS)[Code]
    keyId: ApiKeyId | null
  }> &
    (Code extends keyof VerdictDetails ? VerdictDetails[Code] : unknown)
}[VerdictCode]

/** What `verify` answers. */
export type Verdict =
  | Readonly<{
      ok: true
      key: VerifiedKey
      /** The key as an actor, for every command and query that its scopes allow. */
      actor: ApiKeyActor
      /** Null for a personal key. */
      organization: VerifiedOrganization | null
      /** Which secret it was: `previous` is the one before a rotation, in its grace period. */
      secret: "current" | "previous"
      /** How the key's rate limit stands; null without one. */
      rateLimit: KeyRateLimit | null
      /** How the paying account's quota and then the key's own month stand, where there are such. */
      quotas: readonly QuotaView[]
      /** Whether this request was counted before, and so was not counted now. */
      replayed: boolean
    }>
  | RefusedVerdict

/** A refusal with what belongs to its code. */
export const refuse = <Code extends VerdictCode>(
  code: Code,
  keyId: ApiKeyId | null,
  ...details: Code extends keyof VerdictDetails ? [VerdictDetails[Code]] : []
): RefusedVerdict => ({ ok: false, code, status: VERDICT_STATUS[code], keyId, ...details[0] }) as RefusedVerdict

/** A key as a verdict shows it: a copy, since the store may share its record, and frozen, since verdicts share the copy. */
export const verifiedKey = (key: ApiKey): VerifiedKey =>
  Object.freeze({
    id: key.id,
    name: key.name,
    organizationId: key.organizationId,
    projectId: key.projectId,
    holder: shownHolder(key),
    environment: key.environment,
    scopes: Object.freeze(key.scopes.slice()),
    get expiresAt() {
      return key.expiresAt && new Date(key.expiresAt)
    },
    metadata: frozenJson(key.metadata),
    createdBy: Object.freeze({ type: key.createdBy.type, id: key.createdBy.id }),
  })

/** What a verdict says of the organization: what every key may know. */
export type VerifiedOrganization = Omit<OrganizationView, "ownershipOffer">

/** A key's organization as a verdict shows it: a frozen copy too. */
export const verifiedOrganization = (organization: Organization): VerifiedOrganization =>
  Object.freeze({
    id: organization.id,
    name: organization.name,
    slug: organization.slug,
    logo: organization.logo,
    timezone: organization.timezone,
    metadata: frozenJson(organization.metadata),
    status: organization.status,
    get createdAt() {
      return new Date(organization.createdAt)
    },
    get deletedAt() {
      return organization.deletedAt && new Date(organization.deletedAt)
    },
    revision: organization.revision,
  })
