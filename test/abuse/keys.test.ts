/** Secrets that are shaped to slip through, and keys in hands that they do not belong in. */
import { describe, expect, it } from "vitest"
import { checksum } from "../../src/api-key/checksum.ts"
import { Secret, system } from "../../src/index.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { countCalls } from "../../src/testing/testing.ts"
import { ada, bob, eve, team, workshop } from "../api-key/scene.ts"
import { person, refusal } from "../world.ts"

/** A workspace with a key, over a store whose calls are counted. */
async function locked() {
  const { store, calls } = countCalls(memoryStore())
  const made = await workshop({ store })
  const { tenantry, organizationId } = made
  const create = () => tenantry.apiKeys.create(ada, { organizationId, name: "k" })
  const [one, other] = [await create(), await create()]
  const verify = (secret: unknown) => tenantry.apiKeys.verify(secret as string)
  return { ...made, one, other, text: one.secret.reveal(), verify, calls }
}

const swapCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) => (/[a-z]/.test(letter) ? letter.toUpperCase() : letter.toLowerCase()))
const around = (text: string) => text.lastIndexOf("_") + 1

describe("a secret that is not one", () => {
  const spellings: readonly (readonly [string, (text: string, other: string) => unknown])[] = [
    ["the prefix of another product", (text) => `sk${text.slice(2)}`],
    ["another environment", (text) => text.replace("_live_", "_test_")],
    ["the beginning of one key and the end of another", (text, other) => text.slice(0, 20) + other.slice(20)],
    ["the body of one with the checksum of another", (text, other) => text.slice(0, -6) + other.slice(-6)],
    ["cut short", (text) => text.slice(0, -1)],
    ["cut before its checksum", (text) => text.slice(0, -6)],
    ["extended", (text) => `${text}0`],
    ["twice in a row", (text) => text + text],
    ["in another case", swapCase],
    ["in upper case", (text) => text.toUpperCase()],
    ["with a character changed", (text) => text.replace(/.(?=.{10}$)/, (old) => (old === "0" ? "1" : "0"))],
    ["with a NUL after it", (text) => `${text}\0`],
    ["with a newline after it", (text) => `${text}\n`],
    ["with a carriage return after it", (text) => `${text}\r\n`],
    ["with a space before it", (text) => ` ${text}`],
    ["with `Bearer ` before it", (text) => `Bearer ${text}`],
    ["with a zero width space in it", (text) => `${text.slice(0, 12)}\u200b${text.slice(12)}`],
    ["with a Cyrillic letter in its prefix", (text) => text.replace("live", "l\u0456ve")],
    ["with a Cyrillic digit look-alike in it", (text) => `${text.slice(0, 12)}\u0417${text.slice(13)}`],
    ["in full width", (text) => text.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0))],
    ["with a combining mark", (text) => `${text}\u0301`],
    ["percent-encoded", (text) => text.replaceAll("_", "%5f")],
    ["of a million characters", (text) => text.slice(0, around(text)) + "a".repeat(1_000_000)],
    ["a million underscores", () => "_".repeat(1_000_000)],
    ["empty", () => ""],
    ["a boxed string", (text) => Object(text)],
    ["an object that says it is one", (text) => ({ toString: () => text, valueOf: () => text })],
    ["a list of one", (text) => [text]],
    ["an object that reveals it", (text) => ({ reveal: () => text })],
    ["its hash's like", () => ({ $ne: null })],
    ["null", () => null],
    ["undefined", () => undefined],
    ["a number", () => 42],
    ["a symbol", () => Symbol("secret")],
    ["a promise of one", async (text) => text],
    ["a Secret that holds no text", (text) => new Secret([text] as never)],
  ]

  it.each(spellings)("is refused by its form, without a look-up: %s", async (_, spell) => {
    const { text, other, verify, calls } = await locked()
    calls.length = 0
    const malformed = { ok: false, code: "malformed", status: 401, keyId: null }
    expect(await verify(spell(text, other.secret.reveal()))).toEqual(malformed)
    expect(calls).toEqual([])
    expect(await verify(text)).toMatchObject({ ok: true })
  })

  it("is looked up when its checksum is right, and is nobody's all the same", async () => {
    const { text, verify, calls } = await locked()
    const guesses = [
      text.slice(0, 12) + "0".repeat(32),
      `${text.slice(0, -7)}${text.at(-7) === "0" ? "1" : "0"}`,
      text.replace("_live_", "_test_").slice(0, -6),
      `sk${text.slice(2, -6)}`,
      swapCase(text.slice(around(text), -6)).padStart(text.length - 6, text.slice(0, around(text))),
      text,
    ]
    for (const guess of guesses) {
      calls.length = 0
      const verdict = await verify(guess + checksum(guess))
      expect(verdict).toEqual({ ok: false, code: "not_found", status: 401, keyId: null })
      expect(calls).toEqual(["apiKeys.findBySecret"])
    }
  })

  it("is answered alike by a report of a leak, and ends nothing", async () => {
    const { text, other, tenantry, verify } = await locked()
    for (const [, spell] of spellings) {
      const given = spell(text, other.secret.reveal()) as string
      expect(await tenantry.apiKeys.revokeLeaked(given)).toBeUndefined()
    }
    expect(await verify(text)).toMatchObject({ ok: true })
  })
})

describe("a report of a leak", () => {
  it("answers the same for a key that lives, is disabled, revoked, deleted, of a deleted organization, or of nobody", async () => {
    const { tenantry, organizationId, one, other, text } = await locked()
    const at = (apiKeyId: string) => ({ organizationId, apiKeyId })
    const third = await tenantry.apiKeys.create(ada, { organizationId, name: "third" })
    const personal = await tenantry.apiKeys.create(eve, { name: "laptop" })
    await tenantry.apiKeys.disable(ada, at(one.apiKey.id))
    await tenantry.apiKeys.delete(ada, at(other.apiKey.id))
    const guess = text.slice(0, 12) + "0".repeat(32)
    const reports = [one.secret, one.secret, other.secret, personal.secret, guess + checksum(guess)]
    for (const secret of reports) expect(await tenantry.apiKeys.revokeLeaked(secret)).toBeUndefined()
    await tenantry.organizations.delete(ada, { organizationId })
    expect(await tenantry.apiKeys.revokeLeaked(third.secret)).toBeUndefined()
    const verdicts = [one, other, third, personal].map(({ secret }) => tenantry.apiKeys.verify(secret))
    const codes = (await Promise.all(verdicts)).map((verdict) => verdict.ok || verdict.code)
    expect(codes).toEqual(["revoked", "not_found", "revoked", "revoked"])
  })
})

describe("somebody else's key", () => {
  it("is not there on one's own account, whoever's it is", async () => {
    const { tenantry, one } = await locked()
    const { apiKey } = await tenantry.apiKeys.create(bob, { name: "bob's" })
    for (const apiKeyId of [apiKey.id, one.apiKey.id]) {
      for (const call of [
        () => tenantry.apiKeys.get(eve, { apiKeyId }),
        () => tenantry.apiKeys.update(eve, { apiKeyId, name: "mine" }),
        () => tenantry.apiKeys.enable(eve, { apiKeyId }),
        () => tenantry.apiKeys.disable(eve, { apiKeyId }),
        () => tenantry.apiKeys.rotate(eve, { apiKeyId }),
        () => tenantry.apiKeys.delete(eve, { apiKeyId }),
        () => tenantry.usage.ofKey(eve, { apiKeyId }),
      ]) {
        await expect(call()).rejects.toMatchObject(refusal("not_found"))
      }
    }
    expect(await tenantry.apiKeys.get(bob, { apiKeyId: apiKey.id })).toEqual(apiKey)
  })

  it("is not there in one's own organization, nor is a personal one of one's own", async () => {
    const { tenantry, one } = await locked()
    const { id: organizationId } = await tenantry.organizations.create(eve, { name: "Evil" })
    const personal = await tenantry.apiKeys.create(eve, { name: "laptop" })
    for (const apiKeyId of [one.apiKey.id, personal.apiKey.id]) {
      for (const operation of ["get", "enable", "disable", "rotate", "delete"] as const) {
        const call = tenantry.apiKeys[operation](eve, { organizationId, apiKeyId })
        await expect(call).rejects.toMatchObject(refusal("not_found"))
      }
    }
  })

  it("is not made one's own by an organization that is left undefined, or null, by mistake", async () => {
    const { tenantry } = await locked()
    for (const organizationId of [undefined, null]) {
      const asked = { organizationId, name: "k" } as never
      await expect(tenantry.apiKeys.create(ada, asked)).rejects.toMatchObject(refusal("invalid_input"))
    }
    expect((await tenantry.apiKeys.list(ada, {})).data).toEqual([])
  })

  it("as an actor is nowhere but in its own organization, and a personal one in none", async () => {
    const { tenantry, organizationId, one } = await locked()
    const { id: elsewhere } = await tenantry.organizations.create(ada, { name: "Beta" })
    const personal = await tenantry.apiKeys.create(ada, { name: "laptop" })
    const actors = []
    for (const { secret } of [one, personal]) {
      const verdict = await tenantry.apiKeys.verify(secret)
      if (!verdict.ok) throw new Error(verdict.code)
      actors.push(verdict.actor)
    }
    const [key, own] = actors
    for (const [actor, where] of [
      [key, elsewhere],
      [own, organizationId],
      [own, elsewhere],
    ] as const) {
      const asked = { organizationId: where }
      for (const call of [
        () => tenantry.access(actor as never, asked),
        () => tenantry.memberships.list(actor as never, asked),
        () => tenantry.usage.record(actor as never, asked),
        () => tenantry.apiKeys.create(actor as never, { ...asked, name: "x" }),
      ]) {
        await expect(call()).rejects.toMatchObject(refusal("not_found"))
      }
    }
    await expect(tenantry.usage.record(key as never, {})).rejects.toMatchObject(refusal("forbidden"))
    expect(await tenantry.usage.record(own as never, {})).toMatchObject({ replayed: false })
    const copied = { ...key } as never
    await expect(tenantry.memberships.list(copied, { organizationId })).rejects.toMatchObject(
      refusal("unauthenticated"),
    )
  })

  it("held by the admin is not for a maintainer to renew; switching it off is", async () => {
    const { tenantry, organizationId, join } = await team()
    await join(bob, "maintainer")
    const base = { organizationId, name: "k", holder: "member" } as const
    const { apiKey, secret } = await tenantry.apiKeys.create(ada, base)
    const at = { organizationId, apiKeyId: apiKey.id }
    await expect(tenantry.apiKeys.rotate(bob, at)).rejects.toMatchObject(refusal("forbidden"))
    await tenantry.apiKeys.disable(bob, at)
    expect(await tenantry.apiKeys.verify(secret)).toMatchObject({ code: "disabled" })
  })
})

describe("a key that is over", () => {
  it("is not revived by its removed holder, who cannot reach it, nor by a new secret", async () => {
    const { tenantry, organizationId, join } = await team()
    const { id: membershipId } = await join(bob, "member")
    const { apiKey, secret } = await tenantry.apiKeys.create(bob, { organizationId, name: "k", holder: "member" })
    const at = { organizationId, apiKeyId: apiKey.id }
    await tenantry.memberships.remove(ada, { organizationId, membershipId })
    await expect(tenantry.apiKeys.rotate(bob, at)).rejects.toMatchObject(refusal("not_found"))
    const rotated = await tenantry.apiKeys.rotate(system("host"), { ...at, graceSeconds: 60 })
    for (const each of [secret, rotated.secret]) {
      expect(await tenantry.apiKeys.verify(each)).toMatchObject({ code: "holder_inactive" })
    }
    await join(bob, "maintainer")
    await expect(tenantry.apiKeys.rotate(bob, at)).rejects.toMatchObject(refusal("forbidden"))
    expect((await tenantry.apiKeys.get(bob, at)).state).toBe("inactive")
  })

  it("dies with its organization, under every use of it", async () => {
    const { tenantry, organizationId, one } = await locked()
    const verdict = await tenantry.apiKeys.verify(one.secret)
    if (!verdict.ok) throw new Error(verdict.code)
    await tenantry.organizations.delete(ada, { organizationId })
    const inactive = { code: "organization_inactive", status: 401 }
    expect(await tenantry.apiKeys.verify(one.secret)).toMatchObject(inactive)
    await expect(tenantry.usage.record(verdict.actor, { organizationId })).rejects.toMatchObject(refusal("not_found"))
    const at = { organizationId, apiKeyId: one.apiKey.id }
    await expect(tenantry.apiKeys.rotate(ada, at)).rejects.toMatchObject(refusal("not_found"))
  })
})

describe("a key's name", () => {
  it.each(["\u202ekey", "a\u2066b", "a\u200fb", "a\nb", "a\0b", "\u200b", " ", "", "x".repeat(101), "\ud800"])(
    "is never %j",
    async (name) => {
      const { tenantry } = await locked()
      const issues = expect.arrayContaining([expect.objectContaining({ path: ["name"] })])
      const invalid = refusal("invalid_input", { issues })
      await expect(tenantry.apiKeys.create(person("cyd"), { name })).rejects.toMatchObject(invalid)
    },
  )
})
