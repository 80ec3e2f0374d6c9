/**
 * Calls of every operation on projects, their people and contexts.
 *
 * @module
 */
import fc from "fast-check"
import { type Calls, call } from "./call.ts"
import { limit, many, maybe, membershipId, part, projectId, role } from "./parts.ts"

const name = part(fc.constantFrom("Website", "Shop", "Attic"))
const place = part(many, (n, { org }) => {
  const held = (org?.projects ?? []).flatMap(({ id, places }) => [...places.values()].map((row) => ({ id, row })))
  const one = held[n % Math.max(held.length, 1)]
  return { projectId: one?.id ?? "prj_none", projectMembershipId: one?.row.id ?? "pmem_none" }
})

/** Every operation on projects, with how often it is drawn. */
export const projectCalls: Calls = {
  "projects.create": [3, call("projects.create", { name })],
  "projects.get": [2, call("projects.get", { projectId })],
  "projects.list": [3, call("projects.list", { limit })],
  "projects.update": [2, call("projects.update", { projectId, name })],
  "projects.archive": [2, call("projects.archive", { projectId })],
  "projects.restore": [3, call("projects.restore", { projectId })],
  "projects.members.list": [2, call("projects.members.list", { projectId, role: maybe(role), limit })],
  "projects.members.add": [
    8,
    call("projects.members.add", { projectId, reference: part(many, (n, scene) => whom(n, scene)), role }),
  ],
  "projects.members.changeRole": [4, call("projects.members.changeRole", { reference: place, role })],
  "projects.members.remove": [4, call("projects.members.remove", { reference: place })],
  "projects.members.leave": [3, call("projects.members.leave", { projectId })],
  "contexts.list": [2, call("contexts.list", { limit }, "outside")],
  "contexts.resolve": [2, call("contexts.resolve", { projectId: maybe(projectId) }, "either")],
}

/** Mostly a member; else anybody, whom the host brings. */
function whom(n: number, scene: Parameters<typeof membershipId.resolve>[1]) {
  const everybody = ["ada", "bob", "cyd", "dan", "eve", "eve2"]
  const one = everybody[n % everybody.length]
  const known = { id: `u_${one}`, email: `${one === "eve2" ? "eve" : one}@acme.example` }
  return n % 3 === 0 ? { user: known } : { membershipId: membershipId.resolve(n, scene) }
}
