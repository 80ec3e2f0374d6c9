/**
 * `customRoles`: three system roles to begin with, and roles that each organization defines for itself.
 *
 * @module
 */
import { presetPolicy } from "../policy/engine.ts"
import type { Preset } from "./preset.ts"

/** Who may do what. Compiled unchecked: the tests check it. */
export const definition = {
  aliases: {
    "users.read": "members.read",
    "users.invite": "members.invite",
    "users.update": "members.update",
    "users.delete": "members.remove",
  },
  roles: {
    owner: { description: "Holds the organization; several may", grants: ["*"] },
    // Admins manage one another, so that the people who run an organization need no owner for it.
    admin: {
      description: "Runs the organization: settings, members, roles and keys",
      grants: ["*"],
      except: ["organization.delete", "organization.transfer", "billing.cancel"],
      manages: ["admin", "member"],
    },
    member: {
      description: "Sees the organization, its people and projects, and uses the API",
      grants: ["organization.read", "members.read", "roles.read", "projects.read", "api.use"],
    },
  },
  ownership: { role: "owner", holders: "multiple", transfer: "direct" },
  customRoles: true,
} as const

const policy = /* @__PURE__ */ presetPolicy(definition)

/** System roles with organization-scoped ones on top, which may shadow all of them but the owner's. */
export const customRoles = {
  policy,
  organizations: { deleteWithMembers: true },
  billing: { account: "none" },
  apiKeys: { holders: ["organization"] },
} as const satisfies Preset
