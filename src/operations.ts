/**
 * Every operation by its place in the facade, loaded when one is first called: a process that only verifies keys, or only
 * delivers, never loads what the others do.
 *
 * @module
 */
import type * as registry from "./registry.ts"

type Registry = typeof registry
type Namespaces = Omit<Registry, "registry" | "access" | "restrictions"> & Registry["restrictions"]

/** The names in each namespace; a test holds them equal to the registry's. */
export const NAMES: { readonly [Name in keyof Namespaces]: readonly (keyof Namespaces[Name] & string)[] } = {
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
  memberships: ["list", "get", "find", "add", "changeRole", "remove", "leave"],
  invitations: ["send", "sendMany", "list", "listMine", "find", "preview", "accept", "decline", "resend", "cancel"],
  roles: ["list", "get", "create", "update", "delete"],
  apiKeys: ["create", "list", "get", "update", "enable", "disable", "rotate", "delete"],
  ipRules: ["list", "set"],
  endpointRules: ["list", "set"],
  usage: ["record", "reserve", "commit", "release", "ofKey", "ofMember", "ofOrganization", "ofAccount"],
  billing: ["quote", "subscription", "changePlan", "cancel"],
  activity: ["list", "export", "verify"],
}

let loaded: Registry | undefined

/** The registry, read from disk once. */
export async function loadOperations(): Promise<Registry> {
  loaded ??= await import("./registry.ts")
  return loaded
}
