import {
  type ApiKeyActor,
  account,
  createTenantry,
  definePolicy,
  type KeyRateLimit,
  type QuotaView,
  type Secret,
  user,
  type VerifiedOrganization,
} from "tenantry"
import { memoryStore } from "tenantry/memory"
import { workspace } from "tenantry/presets"
import { describe, expectTypeOf, it } from "vitest"

const ports = {
  store: memoryStore(),
  mailer: { sendInvitation: async () => {} },
  acceptUrl: (token: string) => `https://app.example/join/${token}`,
}
const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
const organizationId = "org_1"
const apiKeyId = "key_1"

const policy = definePolicy({
  permissions: { "invoices.send": "project" },
  aliases: { "users.read": "members.read" },
  roles: { owner: { grants: ["*"] } },
  ownership: { role: "owner", holders: "single", transfer: "off" },
})

type AnswerOf<Call extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<Call>>

describe("the types of keys", () => {
  const tenantry = createTenantry({ ...ports, policy })
  const { apiKeys } = tenantry
  type Create = Parameters<typeof apiKeys.create>[1]
  type Scope = NonNullable<Create["scopes"]>[number]

  it("know the policy's permissions as scopes, aliases and the host's own included", () => {
    expectTypeOf<Scope>().not.toEqualTypeOf<string>()
    expectTypeOf<Extract<Scope, "invoices.send" | "users.read" | "api.use">>().toEqualTypeOf<
      "invoices.send" | "users.read" | "api.use"
    >()
    expectTypeOf<Extract<Scope, "invoices.sent" | "api.used">>().toEqualTypeOf<never>()
    type Update = NonNullable<Parameters<typeof apiKeys.update>[1]["scopes"]>[number]
    expectTypeOf<Update>().toEqualTypeOf<Scope>()
  })

  it("refuse a misspelt scope, holder or field", () => {
    const calls = () => [
      apiKeys.create(ada, { organizationId, name: "x", scopes: ["invoices.send"], holder: "member" }),
      apiKeys.create(ada, { name: "x", scopes: ["api.use"], holder: "person" }),
      // @ts-expect-error: there is no such permission
      apiKeys.create(ada, { organizationId, name: "x", scopes: ["api.used"] }),
      // @ts-expect-error: there is no such permission
      apiKeys.update(ada, { organizationId, apiKeyId, scopes: ["invoices.sent"] }),
      // @ts-expect-error: a scope is not any string
      apiKeys.create(ada, { organizationId, name: "x", scopes: ["api.use" as string] }),
      // @ts-expect-error: there is no such holder
      apiKeys.create(ada, { organizationId, name: "x", holder: "team" }),
      // @ts-expect-error: a key has a name
      apiKeys.create(ada, { organizationId }),
      // @ts-expect-error: a rate limit has a window
      apiKeys.create(ada, { organizationId, name: "x", rateLimit: { limit: 1 } }),
      // @ts-expect-error: which key is not said
      apiKeys.rotate(ada, { organizationId, graceSeconds: 60 }),
      // @ts-expect-error: nobody asks
      apiKeys.list({ organizationId }),
    ]
    expectTypeOf(calls).toBeFunction()
  })

  it("take rules, limits and allowances, and nothing for none", () => {
    const calls = () => [
      apiKeys.update(ada, {
        apiKeyId,
        ipRules: [{ cidr: "10.0.0.0/8", api: "search" }, { cidr: "::/0" }],
        endpointRules: ["GET /v1"],
        rateLimit: { limit: 1, windowSeconds: 1 },
        monthlyUnits: 5,
        expiresAt: new Date(0),
      }),
      apiKeys.update(ada, { apiKeyId, rateLimit: null, monthlyUnits: null, expiresAt: null }),
    ]
    expectTypeOf(calls).toBeFunction()
  })

  it("answer a secret that is no text, from creating and rotating alone", () => {
    expectTypeOf<AnswerOf<typeof apiKeys.create>["secret"]>().toEqualTypeOf<Secret>()
    expectTypeOf<AnswerOf<typeof apiKeys.rotate>["secret"]>().toEqualTypeOf<Secret>()
    expectTypeOf<AnswerOf<typeof apiKeys.update>>().not.toHaveProperty("secret")
    type Key = AnswerOf<typeof apiKeys.get>
    expectTypeOf<AnswerOf<typeof apiKeys.create>["apiKey"]>().toEqualTypeOf<Key>()
    expectTypeOf<AnswerOf<typeof apiKeys.list>["data"][number]>().toEqualTypeOf<Key>()
    expectTypeOf<Key["state"]>().toEqualTypeOf<"active" | "disabled" | "expired" | "revoked" | "inactive">()
    expectTypeOf<Key["hint"]>().toBeString()
    expectTypeOf<Key>().not.toHaveProperty("secret")
    expectTypeOf<Key>().not.toHaveProperty("previous")
  })
})

describe("the types of a verdict", () => {
  const tenantry = createTenantry({ ...ports, preset: workspace })
  type Verdict = AnswerOf<typeof tenantry.apiKeys.verify>
  type Of<Code> = Extract<Verdict, { code: Code }>

  it("narrow by `ok`", () => {
    type Granted = Extract<Verdict, { ok: true }>
    expectTypeOf<Granted["actor"]>().toEqualTypeOf<ApiKeyActor>()
    expectTypeOf<Granted["organization"]>().toEqualTypeOf<VerifiedOrganization | null>()
    expectTypeOf<Granted["secret"]>().toEqualTypeOf<"current" | "previous">()
    expectTypeOf<Granted["quotas"]>().toEqualTypeOf<readonly QuotaView[]>()
    expectTypeOf<Granted>().not.toHaveProperty("code")
    expectTypeOf<Extract<Verdict, { ok: false }>>().not.toHaveProperty("actor")
    const use = (verdict: Verdict) => (verdict.ok ? verdict.actor : verdict.status)
    expectTypeOf<ReturnType<typeof use>>().toEqualTypeOf<ApiKeyActor | 401 | 403 | 429 | 503>()
  })

  it("narrow by `code`, each with what belongs to it", () => {
    expectTypeOf<Of<"rate_limited">["rateLimit"]>().toEqualTypeOf<KeyRateLimit>()
    expectTypeOf<Of<"quota_exceeded">["quota"]>().toEqualTypeOf<QuotaView>()
    expectTypeOf<Of<"permission_denied">["permission"]>().toEqualTypeOf<string | null>()
    expectTypeOf<Of<"expired">["expiredAt"]>().toEqualTypeOf<Date | null>()
    expectTypeOf<Of<"rate_limited">["status"]>().toEqualTypeOf<429>()
    expectTypeOf<Of<"revoked">["status"]>().toEqualTypeOf<401>()
    expectTypeOf<Of<"ip_not_allowed">["status"]>().toEqualTypeOf<403>()
    expectTypeOf<Of<"unavailable">["status"]>().toEqualTypeOf<503>()
    expectTypeOf<Of<"revoked">>().not.toHaveProperty("quota")
    expectTypeOf<Of<"forbidden">>().toEqualTypeOf<never>()
    const told = (verdict: Verdict): string => {
      if (verdict.ok) return verdict.key.name
      if (verdict.code === "quota_exceeded") return String(verdict.quota.remaining)
      // @ts-expect-error: only that refusal has a quota
      return verdict.code === "disabled" ? verdict.quota : verdict.code
    }
    expectTypeOf(told).returns.toBeString()
  })

  it("take the secret as text or as it was given, and a request of known fields", () => {
    type Given = Parameters<typeof tenantry.apiKeys.verify>
    expectTypeOf<Given[0]>().toEqualTypeOf<string | Secret>()
    expectTypeOf<undefined>().toExtend<Given[1]>()
    const calls = () => [
      tenantry.apiKeys.verify("tk_live_x", { ip: "10.0.0.1", method: "GET", path: "/v1", units: 2, meter: false }),
      // @ts-expect-error: there is no such field
      tenantry.apiKeys.verify("tk_live_x", { address: "10.0.0.1" }),
      // @ts-expect-error: units are a number
      tenantry.apiKeys.verify("tk_live_x", { units: "2" }),
    ]
    expectTypeOf(calls).toBeFunction()
    expectTypeOf<AnswerOf<typeof tenantry.apiKeys.revokeLeaked>>().toEqualTypeOf<void>()
  })
})

describe("the types of restrictions, usage and billing", () => {
  const { restrictions, usage, billing, subscriptions } = createTenantry({ ...ports, preset: workspace })

  it("nest by what they restrict", () => {
    type Rules = AnswerOf<typeof restrictions.ipRules.set>["rules"][number]
    expectTypeOf<Rules["api"]>().toEqualTypeOf<string | null>()
    expectTypeOf<AnswerOf<typeof restrictions.ipRules.list>>().toEqualTypeOf<
      AnswerOf<typeof restrictions.ipRules.set>
    >()
    expectTypeOf<AnswerOf<typeof restrictions.endpointRules.list>>().toEqualTypeOf<
      AnswerOf<typeof restrictions.endpointRules.set>
    >()
    const calls = () => [
      restrictions.endpointRules.set(ada, { organizationId, membershipId: "mem_1", rules: ["GET /v1"] }),
      // @ts-expect-error: a rule is written with its block
      restrictions.ipRules.set(ada, { organizationId, rules: ["10.0.0.0/8"] }),
      // @ts-expect-error: there is nothing of one's own to restrict
      restrictions.ipRules.list(ada, {}),
    ]
    expectTypeOf(calls).toBeFunction()
  })

  it("work inside an organization or on one's own account, where there is one", () => {
    const calls = () => [
      usage.record(ada, { organizationId, units: 1 }),
      usage.record(ada, { units: 1 }),
      usage.ofAccount(ada, { month: "2026-01" }),
      billing.changePlan(ada, { plan: "max" }),
      // @ts-expect-error: an organization's usage is an organization's
      usage.ofOrganization(ada, {}),
      // @ts-expect-error: nobody's account is an organization's
      usage.ofAccount(ada, { organizationId }),
      // @ts-expect-error: seats are an organization's
      billing.quote(ada, {}),
    ]
    expectTypeOf(calls).toBeFunction()
    expectTypeOf<AnswerOf<typeof usage.reserve>["holdId"]>().extract<null>().toEqualTypeOf<null>()
    expectTypeOf<AnswerOf<typeof usage.record>["quotas"]>().toEqualTypeOf<readonly QuotaView[]>()
    expectTypeOf<AnswerOf<typeof usage.flush>>().toEqualTypeOf<void>()
  })

  it("name an account by its kind, and take what a provider says", () => {
    type Answer = AnswerOf<typeof subscriptions.put>
    expectTypeOf<Answer["status"]>().toEqualTypeOf<
      "trialing" | "active" | "past_due" | "paused" | "cancelled" | "incomplete"
    >()
    const calls = () => [
      subscriptions.put(account.user("u_ada"), { plan: "pro", status: "active", occurredAt: new Date(0) }),
      // @ts-expect-error: an account is not any text
      subscriptions.put("user:u_ada", { plan: "pro", status: "active" }),
      // @ts-expect-error: there is no such status
      subscriptions.put(account.organization("org_1"), { plan: "pro", status: "ended" }),
    ]
    expectTypeOf(calls).toBeFunction()
  })
})
