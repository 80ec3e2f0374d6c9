/**
 * A permission check: Tenantry beside a `Map` of `Set`s, CASL and better-auth, on the same table and questions.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { AbilityBuilder, createMongoAbility } from "@casl/ability"
import { role as betterAuthRole } from "better-auth/plugins/access"
import { user } from "../src/kernel/actor.ts"
import { checkPolicy } from "../src/policy/check.ts"
import { compilePermissions, compilePolicy } from "../src/policy/compile.ts"
import { definePolicy, type PolicyEngine, type Standing } from "../src/policy/policy.ts"
import { workspace } from "../src/presets/presets.ts"
import { race, randomFrom, ratio, report, result } from "./report.ts"

const QUESTIONS = 10_000
const random = randomFrom(7)
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const actor = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
const organization = { id: "org_acme", name: "Acme", slug: "acme", metadata: {} }
const standing = (role: string, customRoles: Standing["customRoles"] = []): Standing => ({
  actor,
  organization,
  role,
  customRoles,
})

// A piece of a string hashes at every look-up; a property's name, as in code that a person writes, does not.
const interned = (text: string): string => Object.keys({ [text]: 0 })[0] ?? text

/** The same roles in each engine, asked the same questions; throws when two of them disagree. */
async function compare(title: string, policy: PolicyEngine): Promise<void> {
  const names = policy.matrix().rows.map(({ permission }) => permission)
  const sets = new Map(policy.systemRoles.map(({ name, permissions }) => [name, new Set(permissions)]))
  const roles = policy.systemRoles.map(({ name, permissions }) => {
    const casl = new AbilityBuilder(createMongoAbility)
    const statements: Record<string, string[]> = {}
    for (const [resource, action] of permissions.map(split)) {
      casl.can(action, resource)
      statements[resource] = [...(statements[resource] ?? []), action]
    }
    return { name, access: policy.resolve(standing(name)), ability: casl.build(), role: betterAuthRole(statements) }
  })

  // Each engine gets the questions in its own words, so that none pays for another's.
  const asked = Array.from({ length: QUESTIONS }, () => ({ of: pick(roles), permission: pick(names) }))
  const forTenantry = asked.map(({ of, permission }) => ({ access: of.access, permission }))
  const forSets = asked.map(({ of, permission }) => ({ name: of.name, permission }))
  const inParts = asked.map(({ of, permission }) => {
    const [resource, action] = split(permission)
    return { ability: of.ability, role: of.role, resource, action }
  })

  for (const [at, { of, permission }] of asked.entries()) {
    const [resource, action] = split(permission)
    const answers = [
      forTenantry[at]?.access.can(permission),
      sets.get(of.name)?.has(permission),
      of.ability.can(action, resource),
      of.role.authorize({ [resource]: [action] }).success,
    ]
    if (new Set(answers).size !== 1) throw new Error(`${of.name} ${permission}: the engines disagree: ${answers}`)
  }

  const timings = await race([
    {
      name: "access.can(name)",
      operations: QUESTIONS,
      run: () => {
        let yes = 0
        for (const { access, permission } of forTenantry) if (access.can(permission)) yes++
        return yes
      },
    },
    {
      name: "Map<string, Set<string>>",
      operations: QUESTIONS,
      run: () => {
        let yes = 0
        for (const { name, permission } of forSets) if (sets.get(name)?.has(permission)) yes++
        return yes
      },
    },
    {
      name: "CASL ability.can(action, resource)",
      operations: QUESTIONS,
      run: () => {
        let yes = 0
        for (const { ability, action, resource } of inParts) if (ability.can(action, resource)) yes++
        return yes
      },
    },
    {
      name: "better-auth role.authorize({ … })",
      operations: QUESTIONS,
      run: () => {
        let yes = 0
        for (const { role, action, resource } of inParts) if (role.authorize({ [resource]: [action] }).success) yes++
        return yes
      },
    },
  ])
  const [tenantry, map, casl, betterAuth] = timings
  report(`${title}: ${QUESTIONS} questions, all engines agreeing`, timings, [
    result("of the time of a Map of Sets", ratio(tenantry, map), "most", 1.2),
    result("faster than CASL", ratio(casl, tenantry), "least", 4),
    result("faster than better-auth", ratio(betterAuth, tenantry), "least", 15),
  ])
}

const split = (permission: string): readonly [resource: string, action: string] => {
  const [resource = "", action = ""] = permission.split(".")
  return [interned(resource), interned(action)]
}

await compare("the workspace table", workspace.policy)

// Growth: many organizations, each with roles of its own over a large catalogue.
const ORGANIZATIONS = 1000
const ROLES = 20
const HELD = 50
const permissions = Object.fromEntries(
  Array.from({ length: 170 }, (_, at) => [`resource${at >> 2}.action${at & 3}`, "project" as const]),
)
const input = {
  permissions,
  roles: { owner: { grants: ["*"] } },
  ownership: { role: "owner", holders: "multiple", transfer: "off" },
  customRoles: true,
} as const
const large = definePolicy(input)
await compare(
  "four roles of 200 permissions",
  definePolicy({
    permissions,
    roles: {
      owner: { grants: ["*"] },
      most: { grants: ["*"], except: ["*.action0"] },
      half: { grants: ["*.action0", "*.action1", "members.*"] },
      few: { grants: ["*.read"] },
    },
    ownership: { role: "owner", holders: "multiple", transfer: "off" },
  }),
)

const largeNames = large.matrix().rows.map(({ permission }) => permission)
const customRolesOf = () =>
  Array.from({ length: ROLES }, (_, at) => ({
    name: `role-${at}`,
    permissions: Array.from({ length: HELD }, () => pick(largeNames)),
  }))
const organizations = Array.from({ length: ORGANIZATIONS }, customRolesOf)
const accesses = organizations.map((customRoles) => large.resolve(standing(pick(customRoles).name, customRoles)))
const [first] = accesses
const one = Array.from({ length: QUESTIONS }, () => ({ access: first ?? pick(accesses), permission: pick(largeNames) }))
const many = Array.from({ length: QUESTIONS }, () => ({ access: pick(accesses), permission: pick(largeNames) }))
const ask = (name: string, asked: typeof many) => ({
  name,
  operations: QUESTIONS,
  run: () => {
    let yes = 0
    for (const { access, permission } of asked) if (access.can(permission)) yes++
    return yes
  },
})
const growth = await race([
  ask(`one organization, ${largeNames.length} permissions`, one),
  ask(`${ORGANIZATIONS} organizations × ${ROLES} roles`, many),
])

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")
const compiled = compilePolicy(checkPolicy(input))
const everyRole = organizations.flat()
const used = () => {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const kept = new Array<Uint32Array>(everyRole.length)
const before = used()
const start = process.hrtime.bigint()
for (const [at, role] of everyRole.entries()) kept[at] = compilePermissions(compiled, role.permissions)
const perRole = Number(process.hrtime.bigint() - start) / everyRole.length
const bytes = (used() - before) / kept.length

const [small, grown] = growth
report(
  "growth",
  [...growth, { name: `compiling a role of ${HELD} permissions`, rounds: [perRole], median: perRole }],
  [
    result("of the time of one organization", ratio(grown, small), "most", 2),
    result("a compiled role", bytes, "most", 300, "bytes"),
  ],
)
