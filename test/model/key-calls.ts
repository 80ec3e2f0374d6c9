/**
 * Calls of every operation on keys, restrictions, usage and billing, by people and keys.
 *
 * @module
 */
import fc from "fast-check"
import { type Calls, call } from "./call.ts"
import { ALL } from "./laws.ts"
import type { Hold } from "./ledger.ts"
import { limit, many, maybe, membershipId, nth, part, projectId, rarely, type Scene } from "./parts.ts"
import { people } from "./people.ts"

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Mostly a key that is not deleted, the newest most likely; at times one that is, or of another organization. */
const apiKeyId = part(many, (n, { model, org, isOwn, seen }: Scene) => {
  const own = model.keys.allKeys().filter(({ organization }) => organization === (isOwn ? null : org))
  const listed = own.filter(({ isDeleted }) => !isDeleted).toReversed()
  const strange = [...seen.filter((id) => id.startsWith("key_")), "key_none"]
  return (n % 10 === 0 ? undefined : nth(listed, n % 4)?.id) ?? nth(strange, n)
})
/** What a key is for: nothing, the API, members and invitations, keys, restrictions, billing, everything. */
const TEAM = ["members.read", "members.invite", "members.update", "members.remove", "roles.read"]
const KEYS = ["apiKeys.read", "apiKeys.create", "apiKeys.update", "apiKeys.delete"]
const RULES = ["ipRules.read", "ipRules.manage", "endpointRules.read", "endpointRules.manage"]
const scopes = part(
  fc.oneof(
    fc.subarray(["api.use", ...TEAM, "users.read"]),
    fc.subarray(["api.use", ...KEYS, ...RULES]),
    fc.subarray(["api.use", ...KEYS, ...TEAM]),
    fc.subarray(["billing.read", "billing.manage", "billing.cancel", "usage.read", "activity.read", "api.use"]),
    fc.constantFrom(["api.use"], ["api.use"], [...ALL], ["no.such"], ["organization.update", "roles.create"]),
  ),
)
/** An instant from now on; at times it has been. */
const expiresAt = part(fc.constantFrom(null, MINUTE, MINUTE, DAY, 8 * DAY, -1), (after, { model }) =>
  after === null ? null : new Date(model.now() + after),
)
const ipRules = part(fc.constantFrom([], [{ cidr: "203.0.113.0/24" }], [{ cidr: "198.51.100.0/24" }]))
const endpointRules = part(
  fc.constantFrom([], ["GET /v1/cars/**"], ["GET /v1/bikes/**"], ["GET /v1/cars/**", "POST /v1/cars/**"]),
)
const monthlyUnits = part(fc.constantFrom(null, 3, 8))
const allowLockout = part(fc.boolean())
const holder = maybe(part(fc.constantFrom("organization", "member"), (kind, { isOwn }) => (isOwn ? undefined : kind)))
/** One time in four, a project that the key is bound to. */
const inProject = part(rarely(many).drawn, (n, scene) =>
  n === undefined || scene.isOwn ? undefined : projectId.resolve(n, scene),
)
const keyName = part(fc.constantFrom("Robot", "Nightly"))
const wishes = { scopes: maybe(scopes), expiresAt: maybe(expiresAt), monthlyUnits: maybe(monthlyUnits) }
const restricting = { ipRules: rarely(ipRules.drawn), endpointRules: rarely(endpointRules.drawn) }

const units = part(fc.integer({ min: 1, max: 4 }))
export const api = maybe(part(fc.constantFrom("cars", "bikes")))
export const requestId = maybe(part(fc.constantFrom("r1", "r2", "r3")))
const month = maybe(part(fc.constantFrom("2026-01", "2026-02")))
/** A hold that whoever keeps them still knows, mostly an open one; stores forget those that ended a day ago. */
const holdId = part(many, (n, { model }: Scene) => {
  const { holds } = model.ledger
  const endOf = ({ settled, settledAt, expiresAt }: Hold): number => (settled === null ? expiresAt : settledAt)
  const known = holds.filter((hold) => model.now() < endOf(hold) + DAY)
  const open = known.filter(({ settled }) => settled === null)
  return (n % 4 === 0 ? undefined : nth(open.toReversed(), n % 3)?.id) ?? nth(known, n)?.id ?? "hold_none"
})

export const PLANS = ["free", "pro", "team", "ghost"] as const
const product = maybe(part(fc.constantFrom("api", "organization")))
const rules = (drawn: typeof ipRules | typeof endpointRules) => ({ rules: drawn })

/** Every operation on keys and what they use, with how often it is drawn. */
export const keyCalls: Calls = {
  "apiKeys.create": [
    6,
    call("apiKeys.create", { name: keyName, holder, projectId: inProject, ...wishes, ...restricting }, "either"),
  ],
  "apiKeys.list": [
    2,
    call(
      "apiKeys.list",
      {
        limit,
        userId: maybe(part(fc.constantFrom(...people), ({ id }, { isOwn }) => (isOwn ? undefined : id))),
      },
      "either",
    ),
  ],
  "apiKeys.get": [2, call("apiKeys.get", { apiKeyId }, "either")],
  "apiKeys.update": [
    6,
    call(
      "apiKeys.update",
      { apiKeyId, name: maybe(keyName), ...wishes, ...restricting, allowLockout: maybe(allowLockout) },
      "either",
    ),
  ],
  "apiKeys.enable": [5, call("apiKeys.enable", { apiKeyId }, "either")],
  "apiKeys.disable": [3, call("apiKeys.disable", { apiKeyId }, "either")],
  "apiKeys.rotate": [
    6,
    call(
      "apiKeys.rotate",
      { apiKeyId, graceSeconds: maybe(part(fc.constantFrom(0, 60, 60, 60, 86_400, 864_000))) },
      "either",
    ),
  ],
  "apiKeys.delete": [2, call("apiKeys.delete", { apiKeyId }, "either")],
  "restrictions.ipRules.list": [1, call("restrictions.ipRules.list", {})],
  "restrictions.ipRules.set": [
    3,
    call("restrictions.ipRules.set", { ...rules(ipRules), allowLockout: maybe(allowLockout) }),
  ],
  "restrictions.endpointRules.list": [
    1,
    call("restrictions.endpointRules.list", { membershipId: maybe(membershipId) }),
  ],
  "restrictions.endpointRules.set": [
    3,
    call("restrictions.endpointRules.set", { ...rules(endpointRules), membershipId: maybe(membershipId) }),
  ],
  "usage.record": [5, call("usage.record", { units: maybe(units), api, requestId }, "either")],
  "usage.reserve": [
    5,
    call(
      "usage.reserve",
      { units, api, requestId, expiresInSeconds: maybe(part(fc.constantFrom(60, 600, 86_400))) },
      "either",
    ),
  ],
  "usage.commit": [4, call("usage.commit", { holdId, units: maybe(units) }, "either")],
  "usage.release": [3, call("usage.release", { holdId }, "either")],
  "usage.ofKey": [2, call("usage.ofKey", { apiKeyId, month }, "either")],
  "usage.ofMember": [2, call("usage.ofMember", { membershipId: maybe(membershipId), month })],
  "usage.ofOrganization": [1, call("usage.ofOrganization", { month })],
  "usage.ofAccount": [2, call("usage.ofAccount", { month }, "outside")],
  "billing.quote": [5, call("billing.quote", {})],
  "billing.subscription": [2, call("billing.subscription", { product }, "either")],
  "billing.changePlan": [5, call("billing.changePlan", { product, plan: part(fc.constantFrom(...PLANS)) }, "either")],
  "billing.cancel": [1, call("billing.cancel", { product }, "either")],
}
