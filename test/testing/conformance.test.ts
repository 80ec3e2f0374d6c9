/**
 * The conformance suite catches stores that are wrong: each broken one fails the case that names what it broke.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import type { UserId } from "../../src/kernel/actor.ts"
import type { Email } from "../../src/kernel/email.ts"
import type { Membership } from "../../src/membership/membership.ts"
import type { Changes } from "../../src/store/changes.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import type { Store } from "../../src/store/store.ts"
import { storeConformance, withLatency } from "../../src/testing/testing.ts"
import { BROKEN_PLATFORM } from "./broken-platform.ts"
import { BROKEN_USAGE, type Break } from "./broken-usage.ts"
import { unevenly } from "./uneven.ts"

const broken = (wrong: Break) => {
  const opened = () => {
    const right = withLatency(memoryStore(), unevenly())
    const store = { ...right, ...wrong(right) }
    return { store, other: store, hostTransaction: <T>(work: (inside: Store) => Promise<T>) => store.transaction(work) }
  }
  return storeConformance(async () => opened())
}

const unguarded = async (store: Store, changes: Changes): Promise<Changes> => {
  const current = await store.load(changes.guard.organizationId, {})
  return { ...changes, guard: { ...changes.guard, revision: current?.organization.revision ?? null } }
}

const members = (change: (member: Membership) => Membership): Break => {
  const each = (rows: readonly Membership[]) => rows.map(change)
  return (right) => ({
    commit: (changes) => {
      const { insert, update, ...rest } = changes.rows.memberships ?? { insert: [], update: [], delete: [] }
      const memberships = { ...rest, insert: each(insert), update: each(update) }
      return right.commit({ ...changes, rows: { ...changes.rows, memberships } })
    },
  })
}

const NOBODY = "u_nobody" as UserId

const BROKEN: readonly (readonly [what: string, wrong: Break, fails: string])[] = [
  [
    "ignores the guard",
    (right) => ({ commit: async (changes) => right.commit(await unguarded(right, changes)) }),
    "commit applies only if the guard still holds: otherwise `conflict`",
  ],
  [
    "looks at the revision first and writes afterwards",
    (right) => ({
      commit: async (changes) => {
        const now = await unguarded(right, changes)
        if (now.guard.revision !== changes.guard.revision) return "conflict"
        for (;;) {
          const outcome = await right.commit(await unguarded(right, changes))
          if (outcome !== "conflict") return outcome
        }
      },
    }),
    "of parallel commits with one guard exactly one is committed",
  ],
  [
    "claims no slug",
    (right) => ({ commit: (changes) => right.commit({ ...changes, claim: null }) }),
    "a slug held by another organization answers `slug_taken` and changes nothing",
  ],
  [
    "keeps slugs that are released",
    (right) => ({
      commit: (changes) => right.commit({ ...changes, claim: changes.claim && { ...changes.claim, release: null } }),
    }),
    "a released slug is free for another organization",
  ],
  [
    "looks at the slug before the guard",
    (right) => ({
      commit: async (changes) => {
        const holder = changes.claim && (await right.organizations.idOfSlug(changes.claim.slug))
        if (holder && holder !== changes.guard.organizationId) return "slug_taken"
        return right.commit(changes)
      },
    }),
    "when guard and claim both fail, `conflict`",
  ],
  [
    "finds a slug by looking first",
    (right) => ({
      commit: async (changes) => {
        const { slug } = changes.claim ?? {}
        const holder = slug && (await right.organizations.idOfSlug(slug))
        return right.commit({ ...changes, claim: holder ? changes.claim : null })
      },
    }),
    "of parallel claims of one slug exactly one is committed",
  ],
  [
    "queues messages of commits it refuses",
    (right) => ({
      commit: async (changes) => {
        const outcome = await right.commit(changes)
        const stored = await right.load(changes.guard.organizationId, {})
        if (outcome === "conflict" && stored !== null) {
          const { organization } = stored
          const guard = { ...changes.guard, revision: organization.revision }
          await right.commit({ ...changes, guard, organization, claim: null, rows: {}, activity: [] })
        }
        return outcome
      },
    }),
    "commit applies all of the changes or none: rows, activity, outbox and claim",
  ],
  [
    "loads in two steps",
    (right) => ({
      load: async (id, wants) => {
        const [found, organization] = [await right.load(id, wants), await right.load(id, {})]
        return found === null || organization === null ? null : { ...found, ...organization }
      },
    }),
    "load answers the organization and every want as they stood at one instant",
  ],
  [
    "hands out what it keeps",
    (right) => {
      const kept = new Map<string, Awaited<ReturnType<Store["load"]>>>()
      return {
        load: async (id, wants) => {
          const found = await right.load(id, wants)
          const key = `${id} ${found?.organization.revision} ${JSON.stringify(wants)}`
          if (!kept.has(key)) kept.set(key, found)
          return kept.get(key) as typeof found
        },
      }
    },
    "rows that are answered are the caller's own: changing them changes nothing in the store",
  ],
  [
    "folds case",
    members((member) => ({ ...member, userId: member.userId.replace("A", "a") as Membership["userId"] })),
    "text is kept to the byte: case, accents, their composition and trailing spaces tell ids apart",
  ],
  [
    "composes accents",
    members((member) => ({ ...member, userId: member.userId.normalize() as Membership["userId"] })),
    "text is kept to the byte: case, accents, their composition and trailing spaces tell ids apart",
  ],
  [
    "keeps whole seconds",
    members((member) => ({ ...member, joinedAt: new Date(Math.floor(member.joinedAt.getTime() / 1000) * 1000) })),
    "instants are kept to the millisecond",
  ],
  [
    "reads an address prefix as a pattern",
    (right) => ({
      load: (id, wants) => {
        const prefix = wants.members?.emailPrefix?.split("_")[0]
        return right.load(id, prefix ? { ...wants, members: { ...wants.members, emailPrefix: prefix } } : wants)
      },
    }),
    "members answers the page of memberships that match, by id ascending",
  ],
  [
    "pages by offset",
    (right) => {
      const offsets = new Map<string | null, number>([[null, 0]])
      return {
        load: async (id, wants) => {
          if (wants.members === undefined) return right.load(id, wants)
          const { after, limit } = wants.members
          const found = await right.load(id, { ...wants, members: { ...wants.members, after: null, limit: 1000 } })
          if (found === null) return null
          const start = offsets.get(after) ?? 0
          const page = (found.members ?? []).slice(start, start + limit)
          offsets.set(page.at(-1)?.id ?? null, start + page.length)
          return { ...found, members: page }
        },
      }
    },
    "pages neither skip nor repeat a row that stands, whatever is written between them",
  ],
  [
    "counts an invitation at the very instant it expires",
    (right) => ({
      load: (id, wants) => {
        const { pendingCount } = wants
        return right.load(id, pendingCount ? { ...wants, pendingCount: new Date(pendingCount.getTime() - 1) } : wants)
      },
    }),
    "pendingCount answers how many pending invitations expire after that instant and go to an address that nobody has who is in the organization or in one of its projects",
  ],
  [
    "answers the address of nobody for none",
    (right) => ({
      load: (id, wants) =>
        right.load(
          id,
          wants.membersByEmail?.length === 0 ? { ...wants, membersByEmail: ["ada@acme.example" as Email] } : wants,
        ),
    }),
    "membersByEmail answers every membership that has one of those addresses",
  ],
  [
    "forgets leases",
    (right) => ({
      outbox: { ...right.outbox, claim: (by) => right.outbox.claim({ ...by, until: by.at }) },
    }),
    "two claims never answer the same message within one lease",
  ],
  [
    "settles without looking who holds the lease",
    (right) => ({
      outbox: {
        ...right.outbox,
        settle: async (owner, id, _, outcome) => {
          const message = (await right.outbox.list("queued", { after: null, limit: 1000 })).find((row) => row.id === id)
          return right.outbox.settle(owner, id, message?.lease ?? "", outcome)
        },
      },
    }),
    "settle applies the settlement and ends the lease if `lease` still holds the message, and answers whether it did",
  ],
  [
    "sends events in any order",
    (right) => ({
      commit: (changes) =>
        right.commit({ ...changes, outbox: changes.outbox.map((row) => ({ ...row, topic: "invitation.email" })) }),
    }),
    "an event is not answered while an earlier event of its organization is queued and not in the same answer",
  ],
  [
    "runs a transaction on the store itself",
    (right) => ({ transaction: (work) => work({ ...right, lock: async () => undefined }) }),
    "a transaction's writes never become visible when its work rejects, and the work's own error is thrown on",
  ],
  [
    "shows what a transaction has written so far",
    (right) => ({ transaction: (work) => work({ ...right, lock: async () => undefined }) }),
    "nobody outside sees a transaction's writes before it ends",
  ],
  [
    "locks nothing",
    (right) => ({
      transaction: (work) => right.transaction((inside) => work({ ...inside, lock: async () => undefined })),
    }),
    "transactions that lock, load and commit are all committed, one after another",
  ],
  [
    "gives a lock back too early",
    (right) => ({
      transaction: (work) =>
        right.transaction((inside) => work({ ...inside, lock: (id) => right.transaction((brief) => brief.lock(id)) })),
    }),
    "lock waits until no other transaction has locked that organization, then holds it to the end",
  ],
  [
    "finds no person by what they once did",
    (right) => ({
      users: {
        ...right.users,
        organizationsOf: (who, by) => right.users.organizationsOf({ ...who, userId: NOBODY }, by),
      },
    }),
    "organizationsOf answers the page of ids of organizations that hold anything of the person, by id ascending",
  ],
  [
    "finds no person by their address",
    (right) => ({
      users: { ...right.users, organizationsOf: (who, by) => right.users.organizationsOf({ ...who, emails: [] }, by) },
    }),
    "organizationsOf answers the page of ids of organizations that hold anything of the person, by id ascending",
  ],
  [
    "forgets all at once, whatever the limit",
    (right) => ({ users: { ...right.users, forget: (home, who) => right.users.forget(home, who, 1_000_000) } }),
    "forget drops at most `limit` rows at a time, and answers fewer only when nothing is left",
  ],
  [
    "forgets only what the id names",
    (right) => ({
      users: { ...right.users, forget: (home, who, limit) => right.users.forget(home, { ...who, emails: [] }, limit) },
    }),
    "forget drops the person's part of every entry, salt included, and nobody else's",
  ],
]

describe("storeConformance", () => {
  it.each([...BROKEN, ...BROKEN_USAGE, ...BROKEN_PLATFORM])("catches a store that %s", async (_, wrong, fails) => {
    const named = broken(wrong).filter(({ name }) => name === fails)
    expect(named).toHaveLength(1)
    await expect(named[0]?.run()).rejects.toThrow()
  })

  it("names every case once, and every call of the port in some case", () => {
    const names = storeConformance(async () => Promise.reject(new Error("not opened"))).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const all = Object.entries(memoryStore()).flatMap(([name, part]) =>
      typeof part === "function" ? [name] : Object.keys(part),
    )
    const unnamed = all.filter((call) => !names.some((name) => new RegExp(`\\b${call}s?\\b`).test(name)))
    expect(unnamed).toEqual([])
  })

  it("closes what it opened, also after a failure", async () => {
    let open = 0
    const cases = storeConformance(async () => {
      open++
      const store = { ...memoryStore(), commit: async () => "conflict" as const }
      return { store, other: store, close: async () => void open-- }
    })
    await Promise.allSettled(cases.map(({ run }) => run()))
    expect(open).toBe(0)
  })
})
