/**
 * The store inside a host's own transaction, at the levels that hosts use.
 *
 * @module
 */
import type { IsolationLevel } from "kysely"
import { describe, expect, it } from "vitest"
import { attempt } from "../../../src/kernel/error.ts"
import type { Organization } from "../../../src/organization/organization.ts"
import type { Store } from "../../../src/store/store.ts"
import { aMembership, anOrganization, beginning, following } from "../../../src/testing/testing.ts"
import type { HostDatabase } from "./databases.ts"

/** An organization that was begun in an empty database, seen from a host's transaction and from elsewhere. */
async function stage({ db, open }: HostDatabase, isolation: IsolationLevel) {
  const { store, other } = await open()
  const begin = async (): Promise<Organization> => {
    const acme = anOrganization()
    expect(await other.commit(beginning(acme))).toBe("committed")
    return acme
  }
  const inHost = <T>(work: (inside: Store) => Promise<T>): Promise<T> =>
    db
      .transaction()
      .setIsolationLevel(isolation)
      .execute((transaction) => work(store.withTransaction?.(transaction) ?? store))
  return { store, other, begin, inHost }
}

const joining = (organization: Organization) =>
  following(organization, { memberships: { insert: [aMembership(organization)] } })

/** Lets somebody else's wait end. */
function signal() {
  let give!: () => void
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { give, given }
}

/** What holds at every level, of a database with more than one connection. */
export function standsInHostTransactions(database: HostDatabase): void {
  describe.each(["read committed", "repeatable read", "serializable"] as const)(
    "in a host's transaction at %s",
    (isolation) => {
      it("what others committed after it was read is a conflict, also once the organization is locked", async () => {
        const { other, begin, inHost } = await stage(database, isolation)
        for (const locks of [false, true]) {
          const acme = await begin()
          const outcome = await attempt(
            inHost(async (inside) => {
              const read = await inside.load(acme.id, { memberCount: true })
              // Where reading locks, others wait for the host.
              if (isolation === "serializable" && database.options.dialect === "mysql") return "conflict"
              expect(await other.commit(joining(acme))).toBe("committed")
              if (locks) await inside.lock(acme.id)
              return inside.commit(joining(read?.organization ?? acme))
            }),
          )
          if (outcome.ok) expect(outcome.value).toBe("conflict")
          else expect(outcome.error).toMatchObject({ code: "conflict", details: { retry: "transaction" } })
        }
      })

      it("a host that locks first commits, whatever others did before", async () => {
        const { store, other, begin, inHost } = await stage(database, isolation)
        const acme = await begin()
        expect(await other.commit(joining(acme))).toBe("committed")
        const outcome = await inHost(async (inside) => {
          await inside.lock(acme.id)
          const read = await inside.load(acme.id, {})
          return inside.commit(joining(read?.organization ?? acme))
        })
        expect(outcome).toBe("committed")
        expect((await store.load(acme.id, { memberCount: true }))?.memberCount).toBe(2)
      })

      it("of two that lock two organizations crosswise, one is told to run again", async () => {
        const { store, begin, inHost } = await stage(database, isolation)
        const [acme, globex] = [await begin(), await begin()]
        const [first, second] = [signal(), signal()]
        const crossing = (
          own: Organization,
          theirs: Organization,
          mine: ReturnType<typeof signal>,
          other: ReturnType<typeof signal>,
        ) =>
          attempt(
            inHost(async (inside) => {
              await inside.lock(own.id)
              mine.give()
              await other.given
              await inside.lock(theirs.id)
              return inside.commit(joining(own))
            }),
          )
        const results = await Promise.all([
          crossing(acme, globex, first, second),
          crossing(globex, acme, second, first),
        ])
        const codes = results.map((result) => (result.ok ? result.value : result.error.code))
        expect(codes.toSorted()).toEqual(["committed", "conflict"])
        for (const result of results) if (!result.ok) expect(result.error.details).toEqual({ retry: "transaction" })
        expect(await store.load(acme.id, {})).not.toBeNull()
      })
    },
  )

  it("a part of a host's transaction can fail alone", async () => {
    const { store, begin, inHost } = await stage(database, "read committed")
    const acme = await begin()
    await inHost(async (inside) => {
      const failing = inside.transaction(async (part) => {
        expect(await part.commit(joining(acme))).toBe("committed")
        throw new Error("changed my mind")
      })
      await expect(failing).rejects.toThrow("changed my mind")
      expect(await inside.commit(joining(acme))).toBe("committed")
    })
    expect((await store.load(acme.id, { memberCount: true }))?.memberCount).toBe(1)
  })

  it("a transaction in which a statement failed never ends well", async () => {
    const { store, begin } = await stage(database, "read committed")
    const acme = await begin()
    const twice = aMembership(acme)
    const work = store.transaction(async (inside) => {
      expect(await inside.commit(following(acme, { memberships: { insert: [twice] } }))).toBe("committed")
      const read = await inside.load(acme.id, {})
      const again = following(read?.organization ?? acme, { memberships: { insert: [twice] } })
      expect(await attempt(inside.commit(again))).toMatchObject({ ok: false })
    })
    await expect(work).rejects.toMatchObject({ name: "TenantryError" })
    expect((await store.load(acme.id, { memberCount: true }))?.memberCount).toBe(0)
  })
}
