/**
 * Any single tampering is found, and the first entry it touches is named.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Entry, PersonalPart } from "../../src/activity/activity.ts"
import { entryHash } from "../../src/activity/chain.ts"
import type { ActivityId, OrganizationId } from "../../src/kernel/id.ts"
import { type Chain, chains, forged, renumbered, SEALING, tampered, verify } from "./chains.ts"

/** A chain of `min` or more entries, and one of its places (0-based), with `after` more behind it. */
const chainAt = (min: number, after = 0) =>
  chains(min).chain((chain) => fc.tuple(fc.constant(chain), fc.nat(chain.entries.length - 1 - after)))

const at = ({ entries }: Chain, index: number): Entry => {
  const entry = entries[index]
  if (entry === undefined) throw new Error(`no entry ${index}`)
  return entry
}

const replaced = (chain: Chain, index: number, entry: Entry): Chain => tampered(chain, chain.entries.with(index, entry))

/** One character of the text replaced by another. */
const altered = (text: string, at: number): string => {
  const index = at % text.length
  return text.slice(0, index) + (text[index] === "0" ? "1" : "0") + text.slice(index + 1)
}

const brokenAt = (seq: number, reason: string) => expect.objectContaining({ ok: false, brokenAt: seq, reason })

describe("an untouched chain", () => {
  it("verifies, in pages of any size", () => {
    fc.assert(
      fc.property(chains(1), fc.integer({ min: 1, max: 9 }), (chain, size) => {
        expect(verify(chain, { size })).toMatchObject({ ok: true, entries: chain.revision, erased: 0 })
      }),
    )
  })

  it("verifies with the key it was sealed with, and no other", () => {
    fc.assert(
      fc.property(chains(2, { ...SEALING, key: "k1" }), (chain) => {
        expect(verify(chain, { key: "k1" })).toMatchObject({ ok: true })
        expect(verify(chain, { key: "k2" })).toEqual({ ok: false, entries: 0, brokenAt: 1, reason: "changed" })
        expect(verify(chain)).toEqual({ ok: false, entries: 0, brokenAt: 1, reason: "changed" })
      }),
    )
  })

  it("verifies after persons were erased, and says in how many entries", () => {
    fc.assert(
      fc.property(chains(1), fc.infiniteStream(fc.constantFrom("actor", "target", "both", "none")), (chain, erase) => {
        const entries = chain.entries.map((entry) => {
          const which = erase.next().value
          const personal = {
            actor: which === "actor" || which === "both" ? null : entry.personal.actor,
            target: which === "target" || which === "both" ? null : entry.personal.target,
          }
          return { ...entry, personal }
        })
        const lost = (one: Entry, whole: Entry) =>
          one.personal.actor !== whole.personal.actor || one.personal.target !== whole.personal.target
        const erased = entries.filter((entry, index) => lost(entry, at(chain, index))).length
        expect(verify(tampered(chain, entries))).toMatchObject({ ok: true, entries: chain.revision, erased })
      }),
    )
  })
})

describe("a changed entry is named", () => {
  const columns: readonly (readonly [string, (entry: Entry, by: number) => Entry])[] = [
    ["body", (entry, by) => ({ ...entry, body: altered(entry.body, by) })],
    ["body, longer", (entry) => ({ ...entry, body: `${entry.body} ` })],
    ["body, cut", (entry, by) => ({ ...entry, body: entry.body.slice(0, by % entry.body.length) })],
    ["hash", (entry, by) => ({ ...entry, hash: altered(entry.hash, by) })],
    ["id", (entry) => ({ ...entry, id: "act_0" as ActivityId })],
    ["action", (entry) => ({ ...entry, action: "member.left" })],
    ["actor", (entry) => ({ ...entry, actor: "user:u_eve" })],
    ["target", (entry) => ({ ...entry, target: "member:mem_0" })],
    ["at", (entry) => ({ ...entry, at: new Date(entry.at.getTime() + 1) })],
    ["at, invalid", (entry) => ({ ...entry, at: new Date(Number.NaN) })],
    ["organizationId", (entry) => ({ ...entry, organizationId: "org_other" as OrganizationId })],
  ]

  it.each(columns)("by its %s", (_, change) => {
    fc.assert(
      fc.property(chainAt(2), fc.nat(10_000), fc.integer({ min: 1, max: 4 }), ([chain, index], by, size) => {
        const broken = verify(replaced(chain, index, change(at(chain, index), by)), { size })
        expect(broken).toEqual({ ok: false, entries: index, brokenAt: index + 1, reason: "changed" })
      }),
    )
  })

  const parts: readonly (readonly [string, (part: PersonalPart | null) => PersonalPart])[] = [
    ["salt", (part) => ({ fields: {}, ...part, salt: "00" })],
    ["e-mail", (part) => ({ salt: "00", ...part, fields: { ...part?.fields, email: "eve@acme.example" } })],
    ["new field", (part) => ({ salt: "00", ...part, fields: { ...part?.fields, note: "" } })],
    ["lost fields", (part) => ({ salt: part?.salt ?? "00", fields: {} })],
  ]

  it.each(parts)("by a person's %s", (_, change) => {
    fc.assert(
      fc.property(chainAt(2), fc.constantFrom("actor", "target"), ([chain, index], whose) => {
        const entry = at(chain, index)
        const personal = { ...entry.personal, [whose]: change(entry.personal[whose]) }
        expect(verify(replaced(chain, index, { ...entry, personal }))).toEqual(brokenAt(index + 1, "changed"))
      }),
    )
  })

  it("when it was replaced by one with a hash of its own", () => {
    fc.assert(
      fc.property(chainAt(2), ([chain, index]) => {
        const entry = forged(index + 1, chain.entries[index - 1]?.hash ?? "")
        expect(verify(replaced(chain, index, entry))).toEqual(brokenAt(index + 1, "changed"))
      }),
    )
  })

  it("when a copy of a later one took its place", () => {
    fc.assert(
      fc.property(chainAt(2, 1), ([chain, index]) => {
        const copied = { ...at(chain, index + 1), seq: index + 1 }
        expect(verify(replaced(chain, index, copied))).toEqual(brokenAt(index + 1, "changed"))
      }),
    )
  })

  it("when the last one was written anew, in another form, for another place or for another organization", () => {
    fc.assert(
      fc.property(chains(2), (chain) => {
        const prev = chain.entries.at(-2)?.hash ?? ""
        const anew = forged(chain.revision, prev)
        const rewritten = (entry: Entry) => ({
          ...tampered(chain, chain.entries.with(-1, { ...entry, seq: chain.revision })),
          head: entry.hash,
        })
        const withBody = (change: (body: string) => string) => {
          const body = change(anew.body)
          return rewritten({ ...anew, body, hash: entryHash(prev, body, null) })
        }
        expect(verify(rewritten(anew))).toMatchObject({ ok: true })
        expect(verify(withBody((body) => body.replace('"v":1', '"v":2')))).toEqual(brokenAt(chain.revision, "changed"))
        expect(verify(withBody((body) => body.replace('"org_acme"', '"org_zeta"')))).toEqual(
          brokenAt(chain.revision, "changed"),
        )
        expect(verify(rewritten(forged(chain.revision + 1, prev)))).toMatchObject({ ok: false })
      }),
    )
  })

  it("when the personal column is no object any more", () => {
    fc.assert(
      fc.property(chainAt(2), ([chain, index]) => {
        const entry = { ...at(chain, index), personal: null as unknown as Entry["personal"] }
        expect(verify(replaced(chain, index, entry))).toEqual(brokenAt(index + 1, "changed"))
      }),
    )
  })

  it("when the stored head is not the last hash", () => {
    fc.assert(
      fc.property(chains(1), (chain) => {
        expect(verify({ ...chain, head: altered(chain.head, 0) })).toEqual(brokenAt(chain.revision, "changed"))
      }),
    )
  })
})

describe("a removed entry is named", () => {
  it("by the gap it leaves, or by what moved into its place", () => {
    fc.assert(
      fc.property(chainAt(3, 1), fc.boolean(), ([chain, index], hidden) => {
        const rest = chain.entries.toSpliced(index, 1)
        const left = tampered(chain, hidden ? renumbered(rest) : rest)
        expect(verify(left)).toEqual({ ok: false, entries: index, brokenAt: index + 1, reason: "missing" })
      }),
    )
  })

  it("as the first of a run", () => {
    fc.assert(
      fc.property(chainAt(4, 3), fc.boolean(), ([chain, index], hidden) => {
        const rest = chain.entries.toSpliced(index, 3)
        expect(verify(tampered(chain, hidden ? renumbered(rest) : rest))).toEqual(
          chain.entries.length === index + 3 ? brokenAt(index + 1, "truncated") : brokenAt(index + 1, "missing"),
        )
      }),
    )
  })

  it("as truncation when nothing follows", () => {
    fc.assert(
      fc.property(chainAt(1), ([chain, index]) => {
        const cut = tampered(chain, chain.entries.slice(0, index))
        expect(verify(cut)).toEqual({ ok: false, entries: index, brokenAt: index + 1, reason: "truncated" })
      }),
    )
  })
})

describe("an added entry is named", () => {
  const inserted = (chain: Chain, index: number, entry: Entry) => chain.entries.toSpliced(index, 0, entry)

  it("when the others were moved on, its hash fitting or not", () => {
    fc.assert(
      fc.property(chainAt(2), fc.boolean(), fc.integer({ min: 1, max: 4 }), ([chain, index], fits, size) => {
        const prev = fits ? (chain.entries[index - 1]?.hash ?? "") : "0"
        const entries = renumbered(inserted(chain, index, forged(index + 1, prev)))
        expect(verify(tampered(chain, entries), { size })).toEqual(brokenAt(index + 1, "added"))
      }),
    )
  })

  it("when several were added, each chained to the one before", () => {
    fc.assert(
      fc.property(chainAt(2), ([chain, index]) => {
        const first = forged(index + 1, chain.entries[index - 1]?.hash ?? "")
        const second = forged(index + 2, first.hash)
        const entries = renumbered(chain.entries.toSpliced(index, 0, first, second))
        expect(verify(tampered(chain, entries))).toEqual(brokenAt(index + 1, "added"))
      }),
    )
  })

  it("when it is a copy of another, moved in", () => {
    fc.assert(
      fc.property(chainAt(3), fc.nat(), ([chain, index], other) => {
        const copied = at(chain, other % chain.entries.length)
        const entries = renumbered(inserted(chain, index + 1, copied))
        // A copy right before its original cannot be told from one right after it.
        const place = copied.seq === index + 2 ? index + 3 : index + 2
        expect(verify(tampered(chain, entries))).toEqual(brokenAt(place, "added"))
      }),
    )
  })

  it("when it shares another's number, before it or after it", () => {
    fc.assert(
      fc.property(chainAt(2), fc.boolean(), fc.boolean(), ([chain, index], first, fits) => {
        const entry = forged(index + 1, fits ? (chain.entries[index - 1]?.hash ?? "") : "0")
        const entries = inserted(chain, first ? index : index + 1, entry)
        expect(verify(tampered(chain, entries))).toEqual(brokenAt(index + 1, "added"))
      }),
    )
  })

  it("when it comes before the first", () => {
    fc.assert(
      fc.property(chains(1), (chain) => {
        const entries = [{ ...forged(0, ""), seq: 0 }, ...chain.entries]
        expect(verify(tampered(chain, entries))).toEqual({ ok: false, entries: 0, brokenAt: 0, reason: "added" })
      }),
    )
  })

  it("when it comes after the end, under the next number or any", () => {
    fc.assert(
      fc.property(chains(1), fc.integer({ min: 1, max: 9 }), fc.boolean(), (chain, beyond, fits) => {
        const seq = chain.revision + beyond
        const entry = { ...forged(chain.revision + 1, fits ? chain.head : "0"), seq }
        const longer = tampered(chain, [...chain.entries, entry])
        expect(verify(longer)).toEqual({ ok: false, entries: chain.revision, brokenAt: seq, reason: "added" })
      }),
    )
  })
})

describe("reordered entries are named by the first place", () => {
  it("when two were swapped", () => {
    fc.assert(
      fc.property(chainAt(3, 1), fc.nat(), fc.integer({ min: 1, max: 4 }), ([chain, one], span, size) => {
        const other = one + 1 + (span % (chain.entries.length - one - 1))
        const entries = chain.entries.with(one, at(chain, other)).with(other, at(chain, one))
        expect(verify(tampered(chain, renumbered(entries)), { size })).toEqual(brokenAt(one + 1, "reordered"))
        expect(verify(tampered(chain, entries), { size })).toEqual(brokenAt(one + 1, "reordered"))
      }),
    )
  })

  it("when one was moved", () => {
    fc.assert(
      fc.property(chainAt(3, 1), fc.nat(), fc.boolean(), ([chain, one], span, forth) => {
        const other = one + 1 + (span % (chain.entries.length - one - 1))
        const [from, to] = forth ? [one, other] : [other, one]
        const entries = renumbered(chain.entries.toSpliced(from, 1).toSpliced(to, 0, at(chain, from)))
        expect(verify(tampered(chain, entries))).toEqual(brokenAt(one + 1, "reordered"))
      }),
    )
  })

  it("when one was given a later number", () => {
    fc.assert(
      fc.property(chainAt(3), fc.integer({ min: 1, max: 9 }), ([chain, index], beyond) => {
        const moved = { ...at(chain, index), seq: chain.revision + beyond }
        const entries = [...chain.entries.toSpliced(index, 1), moved]
        const expected = moved.seq === index + 1 ? { ok: true } : brokenAt(index + 1, "reordered")
        expect(verify(tampered(chain, entries))).toEqual(expected)
      }),
    )
  })
})

describe("a pinned head", () => {
  it("holds while the log only grows", () => {
    fc.assert(
      fc.property(chainAt(1), ([chain, index]) => {
        const since = { seq: index + 1, hash: at(chain, index).hash }
        expect(verify(chain, { since })).toMatchObject({ ok: true })
      }),
    )
  })

  it("shows a log that was cut, though its organization's row was rewritten too", () => {
    fc.assert(
      fc.property(chainAt(2, 1), ([chain, index]) => {
        const entries = chain.entries.slice(0, index + 1)
        const cut = { entries, revision: entries.length, head: at(chain, index).hash }
        expect(verify(cut)).toMatchObject({ ok: true })
        const since = { seq: chain.revision, hash: chain.head }
        expect(verify(cut, { since })).toEqual(brokenAt(index + 2, "truncated"))
      }),
    )
  })

  it("shows a log that was cut and written anew", () => {
    fc.assert(
      fc.property(chains(2), (chain) => {
        const kept = chain.entries.slice(0, -1)
        const anew = forged(chain.revision, kept.at(-1)?.hash ?? "")
        const rewritten = { entries: [...kept, anew], revision: chain.revision, head: anew.hash }
        expect(verify(rewritten)).toMatchObject({ ok: true })
        const since = { seq: chain.revision, hash: chain.head }
        expect(verify(rewritten, { since })).toEqual(brokenAt(chain.revision, "changed"))
      }),
    )
  })
})
