/**
 * What the audit finds, and that it is so.
 *
 * @module
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AuditCommand, type AuditFinding, definePolicy, type PolicyEngine } from "../../src/policy/policy.ts"
import { type Group, groupOf, heldBy, type Move, play, replay } from "./group.ts"

const owner = { grants: ["*"] } as const
const one = { role: "owner", holders: "single", transfer: "off" } as const

/** The first finding of that role and permission, its commands in short. */
async function path(policy: PolicyEngine, role: string, permission: string): Promise<readonly string[] | null> {
  const finding = (await policy.audit()).find((each) => each.role === role && each.permission === permission)
  return finding === undefined ? null : finding.commands.map(short)
}

const short = ({ command, by, role, from }: AuditCommand): string =>
  `${by}: ${command} ${from === undefined ? role : `${from} → ${role}`}`

describe("the audit", () => {
  it("finds nothing where everybody hands out less than they hold", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        lead: { grants: ["members.*", "roles.*", "api.use"], manages: ["lead", "member"] },
        member: { grants: ["api.use"] },
      },
      ownership: { ...one, holders: "multiple", transfer: "direct" },
      customRoles: true,
    })
    expect(await policy.audit()).toEqual([])
  })

  it("finds an invitation into a stronger role", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        support: { grants: ["members.invite"], manages: { invite: ["accountant"] } },
        accountant: { grants: ["billing.read"] },
      },
      ownership: one,
    })
    expect(await policy.audit()).toEqual([
      {
        role: "support",
        at: "organization",
        permission: "billing.read",
        commands: [{ command: "invitations.send", by: "support", role: "accountant" }],
      },
    ])
  })

  it("finds a change of role that an invitation would not allow", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        support: {
          grants: ["members.invite", "members.update"],
          manages: { invite: ["guest"], update: ["guest", "accountant"] },
        },
        guest: { grants: [] },
        accountant: { grants: ["billing.read"] },
      },
      ownership: one,
    })
    expect(await path(policy, "support", "billing.read")).toEqual([
      "support: invitations.send guest",
      "support: memberships.changeRole guest → accountant",
    ])
  })

  it("finds a series through roles that lead on", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        first: { grants: ["members.invite"], manages: ["second"] },
        second: { grants: ["members.invite"], manages: ["third"] },
        third: { grants: ["members.invite"], manages: ["fourth"] },
        fourth: { grants: ["organization.delete"] },
      },
      ownership: one,
    })
    expect(await path(policy, "first", "organization.delete")).toEqual([
      "first: invitations.send second",
      "second: invitations.send third",
      "third: invitations.send fourth",
    ])
    expect(await path(policy, "fourth", "members.invite")).toBeNull()
  })

  it("finds somebody who promotes themself", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        lead: { grants: ["members.update"], manages: { update: ["lead", "boss"] } },
        boss: { grants: ["members.update", "billing.*"] },
      },
      ownership: one,
    })
    expect(await path(policy, "lead", "billing.cancel")).toEqual(["lead: memberships.changeRole lead → boss"])
  })

  it("finds a custom role whose holder manages a role that its maker does not", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        maker: {
          grants: ["roles.create", "members.invite", "members.read", "api.use"],
        },
        gate: { grants: ["members.invite"], manages: ["vault"] },
        vault: { grants: ["billing.manage"] },
      },
      ownership: one,
      customRoles: true,
    })
    expect(await path(policy, "maker", "billing.manage")).toEqual([
      "maker: roles.create invites-gate",
      "maker: invitations.send invites-gate",
      "invites-gate: invitations.send gate",
      "gate: invitations.send vault",
    ])
  })

  it("finds a custom role that is made small, held, and edited into what its maker is", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        maker: { grants: ["roles.create", "roles.update", "members.invite"] },
        gate: { grants: ["members.invite", "roles.create"], manages: ["vault"] },
        vault: { grants: ["billing.manage"] },
      },
      ownership: one,
      customRoles: true,
    })
    const commands = await path(policy, "maker", "billing.manage")
    expect(commands).toContain("maker: roles.update invites-gate")
    expect(commands?.at(-1)).toBe("gate: invitations.send vault")
  })

  it("finds a shadow that is held and then deleted", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        // Cannot put anybody into `gate`, having no second role to change from, unless `gate` is first made smaller.
        maker: {
          grants: ["roles.create", "roles.delete", "members.invite", "api.use"],
          manages: { update: ["gate"] },
        },
        gate: { grants: ["members.invite", "api.use", "roles.create", "roles.delete"], manages: ["vault"] },
        vault: { grants: ["billing.manage"] },
      },
      ownership: one,
      customRoles: true,
    })
    expect(await path(policy, "maker", "billing.manage")).toEqual([
      "maker: roles.create gate",
      "maker: invitations.send gate",
      "maker: roles.delete gate",
      "gate: invitations.send vault",
    ])
  })

  it("finds what can be held in a project alone", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        host: { grants: ["members.invite"], manages: { invite: ["runner"] } },
        runner: { grants: ["api.use", "billing.read"] },
      },
      ownership: one,
    })
    const findings = (await policy.audit()).filter(({ role }) => role === "host")
    expect(findings.map(({ at, permission }) => [at, permission])).toEqual([
      ["organization", "api.use"],
      ["organization", "billing.read"],
    ])
  })

  it("finds what a role in a project adds to one in the organization", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        adder: { grants: ["members.invite"], manages: ["host"] },
        // Manages `runner`, but may invite only where something else grants it.
        host: { grants: [], manages: { invite: ["runner"] } },
        runner: { grants: ["api.use"] },
      },
      ownership: one,
    })
    expect(await path(policy, "adder", "api.use")).toEqual([
      "adder: projects.members.add host",
      "adder + host: projects.members.add runner",
    ])
    expect((await policy.audit()).every((finding) => replay(policy, finding))).toBe(true)
    expect(await path(policy, "host", "api.use")).toBeNull()
  })

  it("finds what an owner who holds little can take by handing over, or by inviting", async () => {
    const roles = { owner: { grants: ["organization.transfer"] }, robot: { grants: ["api.use"] } } as const
    const on = definePolicy({ roles, ownership: { role: "owner", holders: "multiple", transfer: "direct" } })
    expect(await path(on, "owner", "api.use")).toEqual(["owner: organizations.transferOwnership robot"])
    expect(await definePolicy({ roles, ownership: one }).audit()).toEqual([])
  })

  it("finds a role made for nothing but to change it into another", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        maker: { grants: ["roles.create", "members.invite", "members.update"], manages: { update: ["clerk"] } },
        clerk: { grants: ["billing.read"] },
      },
      ownership: one,
      customRoles: true,
    })
    expect(await path(policy, "maker", "billing.read")).toEqual([
      "maker: roles.create newcomer",
      "maker: invitations.send newcomer",
      "maker: memberships.changeRole newcomer → clerk",
    ])
  })

  it("finds a key that manages a role which its maker does not", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        maker: { grants: ["apiKeys.create", "members.invite", "members.read"] },
        gate: { grants: ["members.invite"], manages: ["vault"] },
        vault: { grants: ["billing.manage"] },
      },
      ownership: one,
    })
    expect(await path(policy, "maker", "billing.manage")).toEqual([
      "maker: apiKeys.create key of maker",
      "key of maker: invitations.send gate",
      "gate: invitations.send vault",
    ])
  })

  it("heeds a missing permission for the action", async () => {
    const policy = definePolicy({
      roles: {
        owner,
        support: { grants: ["members.read"], manages: ["accountant"] },
        accountant: { grants: ["billing.read"] },
      },
      ownership: one,
      customRoles: true,
    })
    expect(await policy.audit()).toEqual([])
  })
})

const PERMISSIONS = [
  "members.invite",
  "members.update",
  "roles.create",
  "roles.update",
  "roles.delete",
  "apiKeys.create",
  "api.use",
  "billing.read",
] as const
const NAMES = ["a", "b", "c"] as const
type Name = (typeof NAMES)[number]

const role = fc.record({
  grants: fc.subarray([...PERMISSIONS]),
  manages: fc.record({ invite: fc.subarray([...NAMES]), update: fc.subarray([...NAMES]) }),
})
const policies = fc
  .record({ roles: fc.record({ a: role, b: role, c: role }), transfer: fc.constantFrom("off", "direct", "offer") })
  .map(({ roles, transfer }) =>
    definePolicy<Name | "owner">({
      roles: { owner, ...roles },
      ownership: { role: "owner", holders: "multiple", transfer },
      customRoles: true,
    }),
  )

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.record({
    command: fc.constantFrom<Move["command"][]>(
      "invitations.send",
      "memberships.changeRole",
      "projects.members.add",
      "projects.members.changeRole",
      "roles.create",
      "roles.update",
      "roles.delete",
      "apiKeys.create",
      "organizations.transferOwnership",
    ),
    by: fc.nat(3),
    on: fc.option(fc.nat(3)),
    role: fc.constantFrom(...NAMES, "custom"),
    permissions: fc.subarray([...PERMISSIONS]),
  }),
  { minLength: 20, maxLength: 60 },
)

describe("the audit of any policy", () => {
  it("finds only what can be done", async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(policies, async (policy) => {
        for (const finding of await policy.audit()) {
          found += 1
          if (!replay(policy, finding)) throw new Error(describeFinding(finding))
        }
      }),
      { numRuns: 150 },
    )
    expect(found).toBeGreaterThan(20)
  })

  it("finds everything that a group of accounts comes to by chance", async () => {
    let gained = 0
    await fc.assert(
      fc.asyncProperty(policies, fc.constantFrom(...NAMES), moves, async (policy, start, series) => {
        let group: Group = groupOf(start, "organization", 1)
        const known = heldBy(policy, group)
        const found = new Set((await policy.audit()).flatMap((each) => (each.role === start ? [each.permission] : [])))
        for (const move of series) {
          group = play(policy, group, move) ?? group
          for (const permission of heldBy(policy, group)) {
            if (known.has(permission)) continue
            gained += 1
            expect(found, `${start} comes to hold ${permission}`).toContain(permission)
          }
        }
      }),
      { numRuns: 400 },
    )
    expect(gained).toBeGreaterThan(20)
  })
})

const handsOut = (permissions: readonly string[]) =>
  permissions.some((permission) => ["members.invite", "members.update", "apiKeys.create"].includes(permission))

describe("a policy in which the audit finds nothing", () => {
  it("lets nobody escalate in ten thousand random series of commands", async () => {
    const accepted: Readonly<{ policy: PolicyEngine; start: string }>[] = []
    await fc.assert(
      fc.asyncProperty(policies, async (policy) => {
        if (accepted.length > 100 || (await policy.audit()).length > 0) return
        for (const { name, permissions } of policy.systemRoles) {
          if (name !== "owner" && handsOut(permissions)) accepted.push({ policy, start: name })
        }
      }),
      { numRuns: 2000 },
    )
    expect(accepted.length).toBeGreaterThan(100)
    let done = 0
    fc.assert(
      fc.property(fc.constantFrom(...accepted), moves, ({ policy, start }, series) => {
        let group: Group = groupOf(start, "organization", 2)
        const known = heldBy(policy, group)
        for (const move of series) {
          const next = play(policy, group, move)
          done += next === null ? 0 : 1
          group = next ?? group
        }
        expect([...heldBy(policy, group)].filter((permission) => !known.has(permission))).toEqual([])
      }),
      { numRuns: 10_000 },
    )
    expect(done).toBeGreaterThan(2000)
  })
})

const describeFinding = ({ role: name, at, permission, commands }: AuditFinding): string =>
  `${name} (${at}) cannot reach ${permission} by ${JSON.stringify(commands, null, 1)}`
