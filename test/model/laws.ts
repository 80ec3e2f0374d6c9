/**
 * Who may do what in the presets, written out once more, by hand.
 *
 * @module
 */

/** Every permission the library asks for. */
export const ALL: readonly string[] = [
  ...["organization.read", "organization.update", "organization.delete", "organization.transfer"],
  ...["members.read", "members.invite", "members.update", "members.remove"],
  ...["roles.read", "roles.create", "roles.update", "roles.delete"],
  ...["projects.read", "projects.create", "projects.update", "projects.delete"],
  ...["apiKeys.read", "apiKeys.create", "apiKeys.update", "apiKeys.delete", "api.use"],
  ...["ipRules.read", "ipRules.manage", "endpointRules.read", "endpointRules.manage"],
  ...["billing.read", "billing.manage", "billing.cancel", "usage.read", "activity.read"],
]

/** What a role in a project adds, there only. */
export const IN_PROJECTS: ReadonlySet<string> = new Set([
  ...["members.read", "members.invite", "members.update", "members.remove"],
  ...["projects.read", "projects.update", "projects.delete"],
  ...["apiKeys.read", "apiKeys.create", "apiKeys.update", "apiKeys.delete", "api.use", "usage.read"],
])

const allBut = (...names: string[]): ReadonlySet<string> => new Set(ALL.filter((name) => !names.includes(name)))

const READS = ALL.filter((name) => name.endsWith(".read"))

/** What the workspace's team sees, besides what only owner and admin read. */
const VIEW = [
  ...["organization.read", "members.read", "roles.read", "projects.read", "apiKeys.read", "api.use"],
  ...["ipRules.read", "endpointRules.read"],
]

/** One preset: its system roles, whom each manages, which one owns and how many may. */
export type Law = Readonly<{
  owner: string
  roles: ReadonlyMap<string, ReadonlySet<string>>
  manages: ReadonlyMap<string, readonly string[]>
  aliases: ReadonlyMap<string, string>
  singleOwner: boolean
  transfer: "off" | "direct"
  customRoles: boolean
}>

export const laws = {
  workspace: {
    owner: "owner",
    roles: new Map([
      ["owner", new Set(ALL)],
      [
        "admin",
        allBut(
          ...["organization.update", "organization.delete", "organization.transfer"],
          ...["billing.manage", "billing.cancel"],
        ),
      ],
      ["editor", new Set([...VIEW, "apiKeys.create", "apiKeys.update"])],
      ["viewer", new Set(VIEW)],
    ]),
    manages: new Map([["admin", ["editor", "viewer"]]]),
    aliases: new Map(),
    singleOwner: true,
    transfer: "off",
    customRoles: false,
  },
  customRoles: {
    owner: "owner",
    roles: new Map([
      ["owner", new Set(ALL)],
      ["admin", allBut("organization.delete", "organization.transfer", "billing.cancel")],
      ["member", new Set(["organization.read", "members.read", "roles.read", "projects.read", "api.use"])],
    ]),
    manages: new Map([["admin", ["admin", "member"]]]),
    aliases: new Map([
      ["users.read", "members.read"],
      ["users.invite", "members.invite"],
      ["users.update", "members.update"],
      ["users.delete", "members.remove"],
    ]),
    singleOwner: false,
    transfer: "direct",
    customRoles: true,
  },
  projects: {
    owner: "administrator",
    roles: new Map([
      ["administrator", new Set(ALL)],
      [
        "developer",
        new Set([
          ...READS.filter((name) => name !== "billing.read"),
          ...["projects.create", "projects.update", "api.use"],
          ...["apiKeys.create", "apiKeys.update", "apiKeys.delete"],
        ]),
      ],
      [
        "billing-manager",
        new Set([
          ...["organization.read", "members.read", "roles.read", "projects.read", "activity.read", "usage.read"],
          ...["billing.read", "billing.manage", "billing.cancel"],
        ]),
      ],
      ["viewer", new Set(READS)],
    ]),
    manages: new Map(),
    aliases: new Map(),
    singleOwner: false,
    transfer: "direct",
    customRoles: false,
  },
  paidTeam: {
    owner: "admin",
    roles: new Map([
      ["admin", new Set(ALL)],
      ["maintainer", allBut("organization.delete", "organization.transfer")],
      ["member", new Set(["organization.read", "members.read", "roles.read", "projects.read", "api.use"])],
    ]),
    manages: new Map([["maintainer", ["maintainer", "member"]]]),
    aliases: new Map(),
    singleOwner: true,
    transfer: "off",
    customRoles: true,
  },
} as const satisfies Readonly<Record<string, Law>>

/** Names of organizations, each with the slug it suggests; null where only one with a suffix will do. */
export const NAMES: ReadonlyMap<string, string | null> = new Map([
  ["Acme", "acme"],
  ["Zoë & Co", "zoe-co"],
  ["Admin", null],
  ["Go", null],
])

/** What a suggested slug begins with when it takes a suffix. */
export const STEMS: ReadonlyMap<string, string> = new Map([
  ["Acme", "acme"],
  ["Zoë & Co", "zoe-co"],
  ["Admin", "admin"],
  ["Go", "go"],
])
