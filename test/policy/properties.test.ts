/**
 * What holds of every policy.
 *
 * @module
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type CustomRole,
  definePolicy,
  manageActions,
  managePermissions,
  type Standing,
} from "../../src/policy/policy.ts"
import { type AnyPolicyInput, askedNames, randomFrom, randomPolicy, randomStanding } from "./random-policy.ts"
import { ada } from "./standing.ts"

const cases = fc.nat().map((seed) => {
  const random = randomFrom(seed)
  const input = randomPolicy(random)
  return { input, standing: randomStanding(random, input), names: askedNames(input) }
})

const held = (input: AnyPolicyInput, standing: Standing): readonly string[] => {
  const map = definePolicy(input).resolve(standing).permissions()
  return Object.keys(map).filter((name) => map[name])
}

const reversed = <T>(table: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(table).reverse())

describe("every policy", () => {
  it("denies by default", () => {
    fc.assert(
      fc.property(cases, ({ input, standing }) => {
        const roles = Object.fromEntries(Object.keys(input.roles).map((name) => [name, { grants: [] }]))
        const access = definePolicy({ ...input, roles }).resolve({ ...standing, customRoles: [], scopes: [] })
        const allowed = Object.values(access.permissions()).filter(Boolean)
        expect(allowed.length > 0).toBe(standing.actor.type === "system")
      }),
    )
  })

  it("lets what forbids win over every grant", () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ input, standing }, at) => {
        fc.pre(standing.actor.type !== "system")
        const before = held(input, standing)
        const target = definePolicy(input).canonical(before[at % Math.max(1, before.length)] ?? "")
        const rule = { name: "closed", forbids: ({ permission }: { permission: string }) => permission === target }
        const rules = [...(standing.rules ?? []), rule]
        const canonical = (name: string) => definePolicy(input).canonical(name)
        expect(held(input, { ...standing, rules })).toEqual(before.filter((name) => canonical(name) !== target))
      }),
    )
  })

  it("does not mind the order of roles, grants, exceptions, custom roles or rules", () => {
    fc.assert(
      fc.property(cases, ({ input, standing }) => {
        const roles = Object.fromEntries(
          Object.entries(reversed(input.roles)).map(([name, role]) => [
            name,
            { ...role, grants: role.grants.toReversed(), except: role.except?.toReversed() ?? [] },
          ]),
        )
        const turned = { ...input, roles, permissions: reversed(input.permissions ?? {}) }
        const other = {
          ...standing,
          customRoles: standing.customRoles.toReversed(),
          rules: standing.rules?.toReversed() ?? [],
        }
        expect(new Set(held(turned, other))).toEqual(new Set(held(input, standing)))
      }),
    )
  })

  it("takes no right away when a grant, a role or a permission is added", () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ input, standing, names }, at) => {
        const before = held(input, standing)
        const grant = names.filter((name) => definePolicy(input).canonical(name) !== null)[at % 30] ?? "api.use"
        const roles = Object.fromEntries(
          Object.entries(input.roles).map(([name, role]) => [name, { ...role, grants: [...role.grants, grant] }]),
        ) as AnyPolicyInput["roles"]
        const more = { ...input, roles: { ...roles, extra: { grants: ["*"] as const } } }
        const wider = { ...more, permissions: { ...input.permissions, "zebra.ride": "project" } as const }
        expect(held(wider, standing)).toEqual(expect.arrayContaining([...before]))
        const customRoles: readonly CustomRole[] = [...standing.customRoles, { name: "another", permissions: [grant] }]
        expect(held(input, { ...standing, customRoles })).toEqual(before)
      }),
    )
  })

  it("explains what it answers", () => {
    fc.assert(
      fc.property(cases, ({ input, standing, names }) => {
        const policy = definePolicy(input)
        const access = policy.resolve(standing)
        for (const name of names) {
          const { allowed, decidedBy, permission, steps } = access.explain(name)
          expect(allowed).toBe(access.can(name))
          expect(allowed).toBe(access.permissions()[name] ?? false)
          expect(permission).toBe(policy.canonical(name) ?? name)
          expect(steps).toContain(decidedBy)
          if (decidedBy.kind === "rule") expect([allowed, decidedBy.forbids]).toEqual([false, true])
        }
      }),
    )
  })

  it("manages a custom role only when it lacks none of its permissions", () => {
    fc.assert(
      fc.property(cases, ({ input, standing }) => {
        const access = definePolicy(input).resolve(standing)
        const owns = [standing.role, standing.project?.role].includes(input.ownership.role)
        fc.pre(standing.actor.type === "apiKey" || (standing.actor.type === "user" && !owns))
        for (const { name } of standing.customRoles) {
          if (!access.isCustom(name) || !access.manages("invite", name)) continue
          expect(access.lacks(access.permissionsOf(name) ?? [])).toEqual([])
          expect(access.can("members.invite")).toBe(true)
        }
      }),
    )
  })
})

describe("every key", () => {
  const keys = cases.filter(({ standing }) => standing.actor.type === "apiKey")
  const canonical = (input: AnyPolicyInput, names: readonly string[]) =>
    names.flatMap((name) => definePolicy(input).canonical(name) ?? [])

  it("holds nothing beyond its scopes, and a member's nothing beyond what the member may do", () => {
    fc.assert(
      fc.property(keys, ({ input, standing }) => {
        const now = held(input, standing)
        const scopes = canonical(input, standing.scopes ?? [])
        for (const name of canonical(input, now)) expect(scopes).toContain(name)
        const isHolders = standing.actor.type === "apiKey" && standing.actor.holder.type === "member"
        if (isHolders) expect(held(input, { ...standing, actor: ada })).toEqual(expect.arrayContaining([...now]))
      }),
    )
  })

  it("manages only roles within what it holds, a member's only those that the member manages, and never the owner's", () => {
    fc.assert(
      fc.property(keys, ({ input, standing }) => {
        const access = definePolicy(input).resolve(standing)
        const holder = definePolicy(input).resolve({ ...standing, actor: ada })
        const isHolders = standing.actor.type === "apiKey" && standing.actor.holder.type === "member"
        const roles = [...Object.keys(input.roles), ...standing.customRoles.map(({ name }) => name), "vanished"]
        for (const action of manageActions) {
          expect(access.manages(action, input.ownership.role)).toBe(false)
          expect(access.managesSystemRole(action, input.ownership.role)).toBe(false)
          for (const role of roles.filter((name) => access.manages(action, name))) {
            expect(access.lacks([managePermissions[action], ...(access.permissionsOf(role) ?? ["none"])])).toEqual([])
            if (isHolders) expect(holder.manages(action, role)).toBe(true)
          }
        }
      }),
    )
  })
})
