/**
 * What the model is put through: how every run begins, then any operation by all kinds of callers, mail, requests with
 * keys, webhooks, and time.
 *
 * @module
 */
import fc from "fast-check"
import type { User } from "../../src/index.ts"
import { type Calls, take } from "./call.ts"
import { DAY } from "./core.ts"
import { keyCalls } from "./key-calls.ts"
import type { Law } from "./laws.ts"
import type { Model } from "./model.ts"
import { admin, host, people } from "./people.ts"
import { peopleCalls } from "./people-calls.ts"
import { platformCalls } from "./platform-calls.ts"
import { projectCalls } from "./project-calls.ts"
import type { World } from "./reality.ts"
import { put, steps, verify } from "./steps.ts"
import { userSteps } from "./user-steps.ts"

/** Every operation, with how often it is drawn. */
export const calls: Calls = { ...peopleCalls, ...projectCalls, ...keyCalls, ...platformCalls }

/** What keys are for that may run a team. */
const TEAM_KEY = [
  ...["api.use", "members.read", "members.invite", "members.update", "members.remove", "apiKeys.read"],
  ...["apiKeys.create", "apiKeys.update", "apiKeys.delete", "ipRules.manage", "endpointRules.manage", "usage.read"],
]

/**
 * How every run begins: a team with one person in each of three roles, and somebody invited. Where there are custom
 * roles, the third one may invite, re-role and make roles, but manages none of the policy's own; and one role holds
 * what only the owner has. One person is in a project only. The ownership went from hand to hand and back where it may. There are keys of the
 * organization, one of its project, two of members and one of a person where there may be; and
 * where somebody pays, they have subscribed. Before all that, another organization came to its end, with a project,
 * somebody in it and somebody invited into it.
 */
export async function begin(model: Model, world: World): Promise<void> {
  const [ada, bob, cyd, dan] = people
  if (ada === undefined || bob === undefined || cyd === undefined || dan === undefined) throw new Error("nobody there")
  const { law, holders, billing } = model.terms
  const [, second, third] = law.roles.keys()
  const own = law.customRoles ? "support" : third
  await take("organizations.create", dan, { name: "Acme" }, model, world)
  for (const { id: organizationId, projects } of model.organizations.values()) {
    const last = [...law.roles.keys()].at(-1)
    await take("projects.create", dan, { organizationId, name: "Shop" }, model, world)
    const projectId = projects[0]?.id ?? ""
    const user = { id: cyd.id, email: cyd.email }
    await take("projects.members.add", host, { organizationId, projectId, user, role: last }, model, world)
    const offered = { email: bob.email, projects: [{ projectId, role: last }] }
    await take("invitations.send", dan, { organizationId, ...offered }, model, world)
    for (const operation of ["suspend", "delete", "purge", "restore", "delete"]) {
      await take(`platform.organizations.${operation}`, admin, { organizationId }, model, world)
    }
    world.clock.advance(model.terms.graceDays * DAY)
    await take("platform.organizations.purge", admin, { organizationId }, model, world)
  }
  await take("organizations.create", ada, { name: "Acme" }, model, world)
  const [organization] = model.organizations.values()
  if (organization === undefined) throw new Error("nothing there")
  const organizationId = organization.id
  const payer = model.billing.payerOf(organization).id
  const told = { plan: "pro", status: "active", quota: null, days: null, ago: undefined }
  await put(payer, { product: "api", ...told }, model, world)
  if (billing.account === "organization") {
    await put(payer, { product: "organization", ...told, plan: "team" }, model, world)
  }
  const add = (user: User, role: unknown) =>
    take("memberships.add", host, { organizationId, user: { id: user.id, email: user.email }, role }, model, world)
  await add(bob, second)
  if (law.customRoles) {
    const members = ["members.read", "members.invite", "members.update", "organization.read", "api.use"]
    const permissions = [...members, "roles.read", "roles.create", "roles.update", "roles.delete"]
    await take("roles.create", bob, { organizationId, name: "support", permissions }, model, world)
    await take("roles.create", ada, { organizationId, name: "billing", permissions: ["billing.cancel"] }, model, world)
  }
  await add(cyd, own)
  if (law.transfer !== "off") {
    const at = (who: User, operation: string, input: object = {}) =>
      take(`organizations.${operation}`, who, { organizationId, ...input }, model, world)
    const to = ({ id }: User) => ({ membershipId: organization.members.get(id)?.id, previousRole: second })
    for (const [who, answer] of [
      [bob, "declineOwnership"],
      [ada, "cancelOwnershipOffer"],
      [bob, "acceptOwnership"],
    ] as const) {
      await at(ada, "offerOwnership", to(bob))
      await at(who, answer)
    }
    await at(bob, "transferOwnership", to(ada))
  }
  const [last] = [...law.roles.keys()].slice(-1)
  await take("invitations.send", bob, { organizationId, email: dan.email, role: last }, model, world)
  await take("projects.create", ada, { organizationId, name: "Website" }, model, world)
  const projectId = organization.projects[0]?.id ?? ""
  const user = { id: "u_eve", email: "eve@acme.example" }
  await take("projects.members.add", host, { organizationId, projectId, user, role: second }, model, world)
  const key = { organizationId, holder: "organization", scopes: TEAM_KEY }
  await take("apiKeys.create", bob, { ...key, name: "Robot" }, model, world)
  await take("apiKeys.create", ada, { organizationId, projectId, holder: "organization", name: "Site" }, model, world)
  if (holders.includes("member")) {
    const scopes = ["api.use", "members.read", "members.invite", "members.update"]
    await take("apiKeys.create", cyd, { ...key, name: "Cyd's", holder: "member", scopes }, model, world)
    await take("apiKeys.create", bob, { ...key, name: "Bob's", holder: "member" }, model, world)
  }
  await take("apiKeys.create", ada, { name: "Ada's own" }, model, world)
  for (const { secrets } of model.keys.allKeys()) await verify(secrets[0] ?? "", {}, model, world)
}

/** What happens, one step after another, at most that many; half as many on average. */
export function commands(most: number, { customRoles, transfer }: Law) {
  const isOff = (name: string): boolean =>
    (name.startsWith("roles.") && !customRoles) || (name.includes("Ownership") && transfer === "off")
  const weighted = Object.entries(calls).map(
    ([name, [weight, command]]) => [isOff(name) ? 1 : weight, command] as const,
  )
  const all = [...weighted, ...steps, ...userSteps].flatMap(([weight, command]) =>
    Array.from({ length: weight }, () => command),
  )
  return fc.commands(all, { maxCommands: most, size: "max" })
}
