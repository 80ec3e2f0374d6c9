/**
 * `workspace`: owner, admin, editor and viewer share one workspace; everything is the owner's in the end.
 *
 * @module
 */
import { presetPolicy } from "../policy/engine.ts"
import type { Capability } from "../policy/policy.ts"
import type { Preset } from "./preset.ts"

/** Who may do what. Compiled unchecked: the tests check it. */
export const definition = {
  roles: {
    owner: { description: "Created the organization; exactly one, and stays", grants: ["*"] },
    admin: {
      description: "Manages editors and viewers, keys, projects and restrictions",
      grants: ["*"],
      except: [
        "organization.update",
        "organization.delete",
        "organization.transfer",
        "billing.manage",
        "billing.cancel",
      ],
      manages: ["editor", "viewer"],
    },
    editor: {
      description: "Makes, renames and switches keys",
      grants: ["*.read", "api.use", "apiKeys.create", "apiKeys.update"],
      except: ["activity.read", "usage.read", "billing.read"],
    },
    viewer: {
      description: "Sees the team and its keys, and uses them",
      grants: ["*.read", "api.use"],
      except: ["activity.read", "usage.read", "billing.read"],
    },
  },
  ownership: { role: "owner", holders: "single", transfer: "off" },
} as const

const policy = /* @__PURE__ */ presetPolicy(definition)

/** A shared workspace: one owner, organization keys that everybody uses, one list of who may do what. */
export const workspace = {
  policy,
  organizations: { deleteWithMembers: true },
  billing: { account: "owner" },
  apiKeys: { holders: ["organization", "person"] },
} as const satisfies Preset

/** The workspace's table in people's own words, for `capabilityTable`. */
export const workspaceCapabilities: readonly Capability[] = [
  { label: "View team & API keys", permissions: ["members.read", "apiKeys.read"] },
  { label: "Create API keys", permissions: ["apiKeys.create"] },
  { label: "Enable/disable & rename API keys", permissions: ["apiKeys.update"] },
  { label: "Delete API keys", permissions: ["apiKeys.delete"] },
  { label: "Invite members", permissions: ["members.invite"] },
  { label: "Update member roles & remove members", permissions: ["members.update", "members.remove"] },
  { label: "Invite, promote, or manage admins", manages: ["admin"] },
  { label: "Edit organization settings", permissions: ["organization.update"] },
  { label: "Delete the organization", permissions: ["organization.delete"] },
]
