/**
 * The same by hand: named statements over `pg`, each command one BEGIN … COMMIT under the organization's lock, that writes
 * the rows that Tenantry writes, its activity, outbox and revision among them, and checks what is checked in SQL.
 *
 * @module
 */
import type { PoolClient } from "pg"
import { mintSecret } from "../../src/api-key/key-secret.ts"
import { randomIds } from "../../src/kernel/id.ts"
import { hashSecret } from "../../src/kernel/secret.ts"
import { added, entry, INSERTS, type Person } from "./by-hand-rows.ts"
import { type Contestant, type Deed, type Doing, listOf, PAGE } from "./contest.ts"
import { openPool } from "./place.ts"

const TEXTS = {
  locked: `select o.status, o.revision, o.head, m.role, t.id as target, t.role as target_role
    from tenantry_organizations o join tenantry_memberships m on m.organization_id = o.id and m.user_id = $2
    left join tenantry_memberships t on t.organization_id = o.id and t.id = $3 where o.id = $1 for update of o`,
  lockedToInvite: `select o.status, o.revision, o.head, m.role, exists (select 1 from tenantry_memberships e
      where e.organization_id = o.id and e.email = $3) as is_member, exists (select 1 from tenantry_invitations i
      where i.organization_id = o.id and i.email = $3 and i.status = 'pending') as is_invited
    from tenantry_organizations o join tenantry_memberships m on m.organization_id = o.id and m.user_id = $2
    where o.id = $1 for update of o`,
  lockedToAccept: `select i.*, o.status as organization_status, o.revision as organization_revision, o.head,
      exists (select 1 from tenantry_memberships m where m.organization_id = o.id and m.user_id = $2) as is_member
    from tenantry_invitations i join tenantry_organizations o on o.id = i.organization_id
    where i.token_hash = $1 for update of o`,
  raise: "update tenantry_organizations set revision = $2, head = $3 where id = $1",
  accepted: `update tenantry_invitations set status = 'accepted', accepted_by = $3, revision = $4
    where organization_id = $1 and id = $2`,
  role: "update tenantry_memberships set role = $3, revision = $4 where organization_id = $1 and id = $2",
  access: `select o.status, m.role, (select json_agg(r) from tenantry_roles r where r.organization_id = o.id) as roles
    from tenantry_organizations o join tenantry_memberships m on m.organization_id = o.id and m.user_id = $2
    where o.id = $1`,
  list: "select * from tenantry_memberships where organization_id = $1 and id > $2 order by id limit $3",
  key: `select k.*, o.status, (select json_agg(r) from tenantry_restrictions r where r.organization_id = o.id
      and r.id = o.id) as restrictions from tenantry_api_keys k join tenantry_organizations o on o.id = k.organization_id
    where (k.secret_hash = $1 or k.previous_hash = $1) and k.deleted_at is null`,
  used: `${INSERTS.usage} on conflict (account, id) do update set units = tenantry_usage.units + excluded.units,
    last_used_at = greatest(tenantry_usage.last_used_at, excluded.last_used_at)`,
  ...INSERTS,
} as const

type Send = (
  name: keyof typeof TEXTS,
  values: readonly unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>

const ada: Person = { id: "u_ada", email: "ada@acme.example", name: "Ada" }
const newId = (prefix: "mem" | "inv" | "msg" | "key" | "org") => randomIds.id(prefix, new Date())
const guest = (): Person => {
  const id = newId("mem")
  return { id, email: `${id}@acme.example`, name: "Guest" }
}

/** Lists are of organizations that are there, by how many members they have. */
export function byHandContestant(schema: string, large: ReadonlyMap<number, string>): Contestant {
  const { pool, sent } = openPool(schema)
  const over =
    (client: Pick<PoolClient, "query">): Send =>
    async (name, values) =>
      (await client.query({ name, text: TEXTS[name], values: [...values] })).rows
  const ask = over(pool)

  async function together<T>(work: (send: Send) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    try {
      await client.query("begin")
      const answer = await work(over(client))
      await client.query("commit")
      return answer
    } catch (error) {
      await client.query("rollback")
      throw error
    } finally {
      client.release()
    }
  }

  /** The organization, locked, in which Ada may do that. */
  async function locked(send: Send, name: "locked" | "lockedToInvite", values: readonly unknown[]) {
    const [found] = await send(name, values)
    if (found?.["status"] !== "active" || found["role"] !== "owner") throw new Error("forbidden")
    return { ...found, revision: Number(found["revision"]), head: String(found["head"]) } as typeof found & {
      revision: number
      head: string
    }
  }

  const create = () =>
    together(async (send) => {
      const id = newId("org")
      const slug = id.slice(0, 40).replace("_", "-")
      const joined = added.member(id, ada, "owner", 2)
      const first = entry({ id, seq: 1, prev: "" }, "organization.created", ada, `organization:${id}`, null, { slug })
      const second = entry({ id, seq: 2, prev: first.hash }, "member.joined", ada, `member:${joined.id}`, ada, {})
      await send("organizations", added.organization(id, slug, 2, second.hash))
      await send("slugs", [slug, id])
      await send("memberships", joined.values)
      await send("activityTwice", [...first.values, ...second.values])
      return id
    })

  const invite = (id: string, to: Person) =>
    together(async (send) => {
      const { revision, head, ...found } = await locked(send, "lockedToInvite", [id, ada.id, to.email])
      if (found["is_member"] || found["is_invited"]) throw new Error("not again")
      const [seq, token, invitationId, messageId] = [revision + 1, randomIds.token(), newId("inv"), newId("msg")]
      const told = entry({ id, seq, prev: head }, "invitation.sent", ada, `invitation:${invitationId}`, to, {})
      await send("invitations", added.invitation(id, invitationId, to, hashSecret(token), messageId, ada, seq))
      await send("activity", told.values)
      await send("outbox", added.message(id, messageId, invitationId, seq, token))
      await send("raise", [id, seq, told.hash])
      return token
    })

  const accept = (token: string, person: Person) =>
    together(async (send) => {
      const [found] = await send("lockedToAccept", [hashSecret(token), person.id])
      if (found?.["status"] !== "pending" || found["organization_status"] !== "active") throw new Error("closed")
      if (found["is_member"] || found["email"] !== person.email) throw new Error("not theirs")
      const [id, invitationId] = [String(found["organization_id"]), String(found["id"])]
      const seq = Number(found["organization_revision"]) + 1
      const joined = added.member(id, person, String(found["role"]), seq + 1)
      const place = { id, seq, prev: String(found["head"]) }
      const first = entry(place, "member.joined", person, `member:${joined.id}`, person, {})
      const next = { id, seq: seq + 1, prev: first.hash }
      const second = entry(next, "invitation.accepted", person, `invitation:${invitationId}`, person, {})
      await send("memberships", joined.values)
      await send("accepted", [id, invitationId, person.id, seq + 1])
      await send("activityTwice", [...first.values, ...second.values])
      await send("raise", [id, seq + 1, second.hash])
    })

  const changeRole = (id: string, membershipId: string, role: string) =>
    together(async (send) => {
      const { revision, head, ...found } = await locked(send, "locked", [id, ada.id, membershipId])
      if (found["target"] === null || found["target_role"] === "owner") throw new Error("forbidden")
      const seq = revision + 1
      const told = entry({ id, seq, prev: head }, "member.role_changed", ada, `member:${membershipId}`, ada, { role })
      await send("role", [id, membershipId, role, seq])
      await send("activity", told.values)
      await send("raise", [id, seq, told.hash])
    })

  const createKey = (id: string) =>
    together(async (send) => {
      const { revision, head } = await locked(send, "locked", [id, ada.id, null])
      const [seq, secret, keyId] = [revision + 1, mintSecret(randomIds.keySecret()), newId("key")]
      const told = entry({ id, seq, prev: head }, "api_key.created", ada, `api_key:${keyId}`, null, { name: "k" })
      await send("apiKeys", added.key(id, keyId, hashSecret(secret), ada, seq))
      await send("activity", told.values)
      await send("raise", [id, seq, told.hash])
      return secret
    })

  async function verify(secret: string, isMetered: boolean): Promise<void> {
    const [found] = await ask("key", [hashSecret(secret)])
    if (found?.["status"] !== "active" || found["enabled"] !== true) throw new Error("refused")
    if (isMetered) await ask("used", added.use(String(found["organization_id"]), String(found["id"])))
  }

  async function list(id: string, after: string) {
    const [found] = await ask("access", [id, ada.id])
    if (found?.["role"] !== "owner") throw new Error("forbidden")
    return ask("list", [id, after, PAGE + 1])
  }

  async function ready(deed: Deed, times: number): Promise<Doing> {
    const listed = listOf(deed)
    if (listed !== null) {
      const id = large.get(listed.size) ?? ""
      const before = "select id from tenantry_memberships where organization_id = $1 order by id desc offset $2 limit 1"
      const { rows } = await pool.query<{ id: string }>(before, [id, PAGE])
      return () => list(id, listed.isLast ? (rows[0]?.id ?? "") : "")
    }
    const id = await create()
    const guests = Array.from({ length: times }, guest)
    switch (deed) {
      case "invite":
        return (time) => invite(id, guests[time] ?? ada)
      case "accept an invitation": {
        const tokens: string[] = []
        for (const each of guests) tokens.push(await invite(id, each))
        return (time) => accept(tokens[time] ?? "", guests[time] ?? ada)
      }
      case "change a role": {
        const joined = added.member(id, guests[0] ?? ada, "member", 2)
        await ask("memberships", joined.values)
        return (time) => changeRole(id, joined.id, time % 2 === 0 ? "admin" : "member")
      }
      case "create a key":
        return () => createKey(id)
      case "check access":
        return () => ask("access", [id, ada.id])
      case "verify a key":
      case "verify a key, meter: false": {
        const secret = await createKey(id)
        await verify(secret, true)
        return () => verify(secret, deed === "verify a key")
      }
      default:
        return create
    }
  }

  return { ready, sent, close: () => pool.end() }
}
