/**
 * Tenantry, through its public API over the store on Postgres.
 *
 * @module
 */
import { system, user } from "../../src/index.ts"
import { randomIds } from "../../src/kernel/id.ts"
import { customRoles } from "../../src/presets/presets.ts"
import { createTenantry } from "../../src/tenantry.ts"
import { type Contestant, type Deed, type Doing, listOf, PAGE } from "./contest.ts"
import { openPool, openStore } from "./place.ts"

export const host = system("bench")
export const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada" })
export const guest = () => {
  const id = randomIds.id("mem", new Date())
  return user({ id, email: `${id}@acme.example`, emailVerified: true, name: "Guest" })
}

/** A tenantry, and the token that it last made. */
export function openTenantry(schema: string, connections?: number) {
  const { pool, sent } = openPool(schema, connections)
  const tokens: string[] = []
  const token = (): string => {
    const made = randomIds.token()
    tokens.push(made)
    return made
  }
  const tenantry = createTenantry({
    preset: customRoles,
    store: openStore(pool),
    ids: { ...randomIds, token },
    mailer: { sendInvitation: async () => undefined },
    acceptUrl: (made) => `https://app.example/join/${made}`,
    limits: { pendingInvitations: 100_000, apiKeys: 100_000 },
  })
  const create = async (): Promise<string> =>
    (
      await tenantry.organizations.create(ada, {
        name: "Acme",
        slug: randomIds.id("org", new Date()).slice(0, 40).replace("_", "-"),
      })
    ).id

  /** Invites somebody and answers the token that the e-mail would carry. */
  async function invite(organizationId: string, email: string): Promise<string> {
    await tenantry.invitations.send(ada, { organizationId, email, role: "member" })
    return tokens.at(-1) ?? ""
  }
  return { tenantry, pool, sent, create, invite }
}

/** Lists are of organizations that are there, by how many members they have. */
export function tenantryContestant(schema: string, large: ReadonlyMap<number, string>): Contestant {
  const { tenantry, pool, sent, create, invite } = openTenantry(schema)
  const cursors = new Map<number, string>()

  async function lastCursor(size: number, organizationId: string): Promise<string> {
    let cursor: string | null = cursors.get(size) ?? null
    let at = cursor === null ? 0 : size
    while (at < size - PAGE) {
      const page = await tenantry.memberships.list(ada, {
        organizationId,
        limit: PAGE,
        ...(cursor !== null && { cursor }),
      })
      ;({ nextCursor: cursor } = page)
      at += PAGE
    }
    cursors.set(size, cursor ?? "")
    return cursor ?? ""
  }

  async function ready(deed: Deed, times: number): Promise<Doing> {
    const list = listOf(deed)
    if (list !== null) {
      const organizationId = large.get(list.size) ?? ""
      const cursor = list.isLast ? { cursor: await lastCursor(list.size, organizationId) } : {}
      return () => tenantry.memberships.list(ada, { organizationId, limit: PAGE, ...cursor })
    }
    const organizationId = await create()
    const guests = Array.from({ length: times }, guest)
    switch (deed) {
      case "invite":
        return (time) => invite(organizationId, guests[time]?.email ?? "")
      case "accept an invitation": {
        const tokens: string[] = []
        for (const { email } of guests) tokens.push(await invite(organizationId, email))
        return (time) => tenantry.invitations.accept(guests[time] ?? ada, { token: tokens[time] ?? "" })
      }
      case "change a role": {
        const [{ id, email } = ada] = guests
        const added = await tenantry.memberships.add(host, { organizationId, user: { id, email }, role: "member" })
        const at = { organizationId, membershipId: added.id }
        return (time) => tenantry.memberships.changeRole(ada, { ...at, role: time % 2 === 0 ? "admin" : "member" })
      }
      case "create a key":
        return () => tenantry.apiKeys.create(ada, { organizationId, name: "k" })
      case "check access":
        return async () => (await tenantry.access(ada, { organizationId })).require("members.update")
      case "verify a key":
      case "verify a key, meter: false": {
        const secret = (await tenantry.apiKeys.create(ada, { organizationId, name: "k" })).secret.reveal()
        const request = deed === "verify a key" ? {} : { meter: false }
        const verify = async () => {
          const verdict = await tenantry.apiKeys.verify(secret, request)
          if (!verdict.ok) throw new Error(`refused: ${verdict.code}`)
        }
        await verify()
        return verify
      }
      default:
        return create
    }
  }

  return { ready, sent, close: () => pool.end() }
}
