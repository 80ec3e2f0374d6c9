/**
 * better-auth with its organization and API key plugins, over `pg` as its documentation says. Sessions are read from
 * their cookie, so that none of its statements is about signing in.
 *
 * @module
 */
import type { MessagePort } from "node:worker_threads"
import { apiKey } from "@better-auth/api-key"
import { betterAuth } from "better-auth"
import { getMigrations } from "better-auth/db/migration"
import { organization } from "better-auth/plugins"
import { randomIds } from "../../src/kernel/id.ts"
import { type Contestant, type Deed, type Doing, lap, listOf, OTHERS, PAGE, SIZES } from "./contest.ts"
import { openPool } from "./place.ts"

const MANY = 1_000_000_000
const permissions = { api: ["use"] }

async function betterAuthContestant(schema: string): Promise<Contestant> {
  const { pool, sent } = openPool(schema)
  const auth = betterAuth({
    baseURL: "http://127.0.0.1",
    secret: randomIds.token(),
    database: pool,
    // Hashing passwords is no part of what is timed.
    emailAndPassword: { enabled: true, password: { hash: async (password) => password, verify: async () => true } },
    session: { cookieCache: { enabled: true, maxAge: 3600 } },
    rateLimit: { enabled: false },
    plugins: [
      organization({
        ...{ membershipLimit: MANY, invitationLimit: MANY, organizationLimit: MANY },
        sendInvitationEmail: async () => undefined,
      }),
      apiKey({ rateLimit: { enabled: true, timeWindow: 3_600_000, maxRequests: MANY } }),
    ],
    telemetry: { enabled: false },
    logger: { disabled: true },
  })
  await (await getMigrations(auth.options)).runMigrations()
  const { api } = auth

  async function signedUp() {
    const email = `${randomIds.id("mem", new Date())}@acme.example`
    const response = await api.signUpEmail({ body: { email, name: "Guest", password: "password" }, asResponse: true })
    const { user } = (await response.json()) as { user: { id: string } }
    const cookie = response.headers.getSetCookie().map((each) => each.split(";")[0])
    return { id: user.id, email, headers: new Headers({ cookie: cookie.join("; ") }) }
  }
  type Person = Awaited<ReturnType<typeof signedUp>>

  async function create({ id: userId }: Person): Promise<string> {
    const body = { name: "Acme", slug: randomIds.id("org", new Date()), userId }
    return (await api.createOrganization({ body }))?.id ?? ""
  }
  const invite = async ({ headers }: Person, organizationId: string, email: string) =>
    (await api.createInvitation({ headers, body: { organizationId, email, role: "member" } })).id

  const crowd = (size: string) =>
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
      select '${size}_' || n, 'Guest', 'u${size}_' || n || '@acme.example', true, now(), now()
        from generate_series(2, $1::int) n`
  const joining = (size: string, organizationId: string) =>
    `insert into member (id, "organizationId", "userId", role, "createdAt")
      select 'm${size}_' || n, ${organizationId}, '${size}_' || n, 'member', now() from generate_series(2, $1::int) n`
  const all = OTHERS.organizations * OTHERS.members
  await pool.query(
    `insert into organization (id, name, slug, "createdAt") select 'org_' || n, 'Other', 'other-' || n, now()
      from generate_series(0, $1::int) n`,
    [OTHERS.organizations - 1],
  )
  await pool.query(crowd("others"), [all])
  await pool.query(joining("others", `'org_' || n % ${OTHERS.organizations}`), [all])
  const ada = await signedUp()
  const large = new Map<number, string>()
  for (const size of SIZES) {
    const id = await create(ada)
    large.set(size, id)
    await pool.query(crowd(String(size)), [size])
    await pool.query(joining(String(size), `'${id}'`), [size])
  }
  await pool.query("analyze")

  async function ready(deed: Deed, times: number): Promise<Doing> {
    const list = listOf(deed)
    if (list !== null) {
      const organizationId = large.get(list.size) ?? ""
      const query = { organizationId, limit: PAGE, offset: list.isLast ? list.size - PAGE : 0 }
      return async () => {
        const { members } = await api.listMembers({ headers: ada.headers, query })
        if (members.length !== PAGE) throw new Error(`a page of ${members.length}`)
      }
    }
    // A user of their own, of whom no more is known than what this needs.
    const owner = await signedUp()
    const { headers } = owner
    const organizationId = await create(owner)
    switch (deed) {
      case "invite":
        return () => invite(owner, organizationId, `${randomIds.id("mem", new Date())}@acme.example`)
      case "accept an invitation": {
        const guests: Readonly<{ headers: Headers; invitationId: string }>[] = []
        for (let time = 0; time < times; time++) {
          const guest = await signedUp()
          guests.push({ headers: guest.headers, invitationId: await invite(owner, organizationId, guest.email) })
        }
        return (time) => {
          const { headers: theirs = headers, invitationId = "" } = guests[time] ?? {}
          return api.acceptInvitation({ headers: theirs, body: { invitationId } })
        }
      }
      case "change a role": {
        const { id: userId } = await signedUp()
        const member = await api.addMember({ body: { organizationId, userId, role: "member" } })
        const body = { organizationId, memberId: member?.id ?? "" }
        return (time) => api.updateMemberRole({ headers, body: { ...body, role: time % 2 === 0 ? "admin" : "member" } })
      }
      case "create a key":
        return () => api.createApiKey({ body: { userId: owner.id, name: "k", permissions } })
      case "check access":
        return async () => {
          const body = { organizationId, permissions: { member: ["update" as const] } }
          const { success } = await api.hasPermission({ headers, body })
          if (!success) throw new Error("forbidden")
        }
      case "verify a key":
      case "verify a key, meter: false": {
        const counting = deed === "verify a key" ? { remaining: MANY } : { rateLimitEnabled: false }
        const { key } = await api.createApiKey({ body: { userId: owner.id, name: "k", permissions, ...counting } })
        return async () => {
          const { valid } = await api.verifyApiKey({ body: { key, permissions } })
          if (!valid) throw new Error("refused")
        }
      }
      default:
        return () => create(owner)
    }
  }

  return { ready, sent, close: () => pool.end() }
}

/** What the thread is asked: the lap of a deed. */
export type Asked = Readonly<{ deed: Deed; lanes: number }>

/** Answers laps, in a thread of its own: the async hooks that it turns on would slow every promise of the others. */
export async function serveBetterAuth(port: MessagePort, schema: string): Promise<void> {
  const contestant = await betterAuthContestant(schema)
  port.on("message", async ({ deed, lanes }: Asked) => port.postMessage(await lap(contestant, deed, lanes)))
  port.postMessage("ready")
}
