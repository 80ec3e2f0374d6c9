/**
 * Every operation by its place in the facade, loaded when one is first called: a process that only verifies keys, or only
 * delivers, never loads what the others do.
 *
 * @module
 */
import type * as registry from "./registry.ts"

type Registry = typeof registry
/** The names at each place of the registry; a test holds them equal. */
export const NAMES = {
  "": ["access"],
  organizations: [
    ...([
      "create",
      "current",
      "get",
      "find",
      "getBySlug",
      "update",
      "delete",
      "transferOwnership",
      "offerOwnership",
    ] as const),
    ...(["acceptOwnership", "declineOwnership", "cancelOwnershipOffer", "team"] as const),
  ],
  memberships: ["list", "get", "find", "add", "changeRole", "update", "remove", "leave"],
  invitations: ["send", "sendMany", "list", "listMine", "find", "preview", "accept", "decline", "resend", "cancel"],
  roles: ["list", "get", "create", "update", "delete"],
  projects: ["create", "get", "list", "update", "archive", "restore"],
  "projects.members": ["list", "add", "changeRole", "remove", "leave"],
  contexts: ["list", "resolve"],
  apiKeys: ["create", "list", "get", "update", "enable", "disable", "rotate", "delete"],
  "restrictions.ipRules": ["list", "set"],
  "restrictions.endpointRules": ["list", "set"],
  usage: ["record", "reserve", "commit", "release", "ofKey", "ofMember", "ofOrganization", "ofAccount"],
  billing: ["quote", "subscription", "changePlan", "cancel"],
  activity: ["list", "export", "verify", "record"],
  "platform.organizations": ["list", "get", "update", "suspend", "resume", "delete", "restore", "purge"],
  "platform.activity": ["list"],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** What only reads, in every namespace. */
const READS: ReadonlySet<string> = new Set([
  ...["list", "get", "find", "getBySlug", "team", "current", "listMine", "preview", "resolve"],
  ...["quote", "subscription", "export", "verify", "access"],
])

/** Every command by its place in the facade; a test holds them equal to the registry's. */
export const COMMANDS: readonly string[] = Object.entries(NAMES)
  .filter(([place]) => place !== "usage")
  .flatMap(([place, names]) => names.filter((name) => !READS.has(name)).map((name) => `${place}.${name}`))

let loaded: Registry | undefined

/** The registry, read from disk once. */
export async function loadOperations(): Promise<Registry> {
  loaded ??= await import("./registry.ts")
  return loaded
}
