/**
 * Invitations' mails: sent at least once, retried, dropped when nobody waits for them, given up in the end.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { deliver } from "../../src/outbox/deliver.ts"
import type { InvitationMessage } from "../../src/outbox/mailer.ts"
import { memoryStore } from "../../src/store/memory/memory-store.ts"
import { BUILT_AT } from "../../src/testing/builders.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { changed, founded, inState, invited, only, postOffice } from "./post-office.ts"

const NOTHING = { sent: 0, dropped: 0, retried: 0, dead: 0 }
const TOKEN = "V1StGXR8_Z5jdHi6B-myT0123456789ab"

describe("a mail", () => {
  it("says everything its invitation says, and its token is gone once it is sent", async () => {
    const { deps, store, mail } = postOffice()
    const acme = await founded(store, { name: "Acme" })
    const { invitation, message } = await invited(store, acme, TOKEN, {
      email: "bob@acme.example",
      locale: "de-CH",
      role: "editor",
      invitedBy: { userId: null, apiKeyId: null, name: null, email: "ada@acme.example" as never },
    })
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 1 })
    expect(mail.all).toEqual([
      {
        id: message.id,
        to: "bob@acme.example",
        locale: "de-CH",
        organizationName: "Acme",
        inviter: "ada@acme.example",
        role: "editor",
        expiresAt: invitation.expiresAt,
        acceptUrl: `https://app.example/join/${TOKEN}`,
        subject: "ada@acme.example invites you to join Acme",
        text: expect.stringContaining(`https://app.example/join/${TOKEN}`),
        html: expect.stringContaining(`https://app.example/join/${TOKEN}`),
      },
    ])
    expect(await only(store)).toMatchObject({ state: "sent", payload: null, attempts: 1, lease: null, error: null })
    expect(await deliver(deps)).toEqual(NOTHING)
  })

  it("is opened with the secret box that sealed it", async () => {
    const secretBox = { seal: (text: string) => `sealed ${text}`, open: async (text: string) => text.slice(7) }
    const { deps, store, mail } = postOffice({ secretBox })
    await invited(store, await founded(store), TOKEN, { payload: `sealed ${TOKEN}` })
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 1 })
    expect(mail.all[0]?.acceptUrl).toContain(TOKEN)
  })

  it("comes again, with the same id, when the process dies between sending and settling", async () => {
    const store = memoryStore()
    const dying = intercept(store, (call, proceed) =>
      call === "outbox.settle" ? Promise.reject(new Error("killed")) : proceed(),
    )
    const { deps, clock, mail } = postOffice({ store: dying })
    const { message } = await invited(store, await founded(store), TOKEN)
    await expect(deliver(deps)).rejects.toThrow("killed")
    const next = { ...deps, store }
    expect(await deliver(next)).toEqual(NOTHING)
    clock.advance({ seconds: 60 })
    expect(await deliver(next)).toEqual({ ...NOTHING, sent: 1 })
    expect(mail.all.map(({ id }) => id)).toEqual([message.id, message.id])
  })

  it("is not sent by two workers within one lease", async () => {
    const { deps, store, mail } = postOffice()
    const acme = await founded(store)
    for (let n = 0; n < 5; n++) await invited(store, acme, `${TOKEN}${n}`)
    const both = await Promise.all([deliver(deps, { limit: 3 }), deliver(deps, { limit: 3 })])
    expect(both.map(({ sent }) => sent).sort()).toEqual([2, 3])
    expect(new Set(mail.all.map(({ id }) => id)).size).toBe(5)
    expect(mail.all).toHaveLength(5)
  })

  it("is settled only by who still holds the lease", async () => {
    const { deps, store, clock } = postOffice()
    await invited(store, await founded(store), TOKEN)
    const slow = {
      sendInvitation: async () => {
        clock.advance({ seconds: 61 })
        await deliver(deps)
        throw new Error("too late to matter")
      },
    }
    expect(await deliver({ ...deps, mailer: slow })).toEqual(NOTHING)
    expect(await only(store)).toMatchObject({ state: "sent", attempts: 1, error: null })
  })
})

describe("a mail of a suspended organization", () => {
  it("waits, without an attempt, and goes out when the suspension is lifted", async () => {
    const { deps, store, mail, clock } = postOffice()
    const acme = await founded(store)
    await invited(store, acme, TOKEN)
    await changed(store, acme, {}, { status: "suspended" })
    expect(await deliver(deps)).toEqual({ ...NOTHING, retried: 1 })
    expect(await only(store)).toMatchObject({ state: "queued", attempts: 0, payload: TOKEN, error: null })
    await changed(store, acme, {}, { status: "active" })
    clock.advance({ minutes: 10 })
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 1 })
    expect(mail.all).toHaveLength(1)
  })
})

describe("a mail is dropped unsent", () => {
  const dropped = async ({ deps, store, mail }: ReturnType<typeof postOffice>) => {
    expect(await deliver(deps)).toEqual({ ...NOTHING, dropped: 1 })
    expect(mail.all).toEqual([])
    expect(await inState(store, "dropped")).toMatchObject([{ payload: null, attempts: 0 }])
  }

  it.each(["accepted", "declined", "cancelled"] as const)("when its invitation is %s", async (status) => {
    const office = postOffice()
    await invited(office.store, await founded(office.store), TOKEN, { status })
    await dropped(office)
  })

  it("when its invitation has expired", async () => {
    const office = postOffice()
    await invited(office.store, await founded(office.store), TOKEN, { expiresAt: BUILT_AT })
    await dropped(office)
  })

  it("when a newer mail carries the live token", async () => {
    const office = postOffice()
    await invited(office.store, await founded(office.store), "the newer token", { payload: TOKEN })
    await dropped(office)
  })

  it.each(["deleted", "purging"] as const)("when its organization is %s", async (status) => {
    const office = postOffice()
    const acme = await founded(office.store)
    await invited(office.store, acme, TOKEN)
    await changed(office.store, acme, {}, { status })
    await dropped(office)
  })

  it("when its invitation is gone", async () => {
    const office = postOffice()
    const acme = await founded(office.store)
    const { invitation } = await invited(office.store, acme, TOKEN)
    await changed(office.store, acme, { invitations: { delete: [invitation.id] } })
    await dropped(office)
  })
})

describe("a mail that fails", () => {
  const down = {
    sendInvitation: (message: InvitationMessage) => Promise.reject(new Error(`down: ${message.to} ${message.text}`)),
  }

  it("is tried 8 times within a day, then given up, recorded and blanked", async () => {
    const { deps, store, clock, failures } = postOffice({ mailer: down })
    const acme = await founded(store)
    const { invitation, message } = await invited(store, acme, TOKEN)
    for (let attempt = 1; attempt < 8; attempt++) {
      expect(await deliver(deps)).toEqual({ ...NOTHING, retried: 1 })
      const { dueAt, ...queued } = await only(store)
      expect(queued).toMatchObject({ state: "queued", attempts: attempt, payload: TOKEN })
      expect(dueAt > clock.now()).toBe(true)
      clock.set(new Date(dueAt.getTime() - 1))
      expect(await deliver(deps)).toEqual(NOTHING)
      clock.set(dueAt)
      expect(failures).toEqual([])
    }
    expect(await deliver(deps)).toEqual({ ...NOTHING, dead: 1 })
    expect(clock.now().getTime() - BUILT_AT.getTime()).toBeLessThanOrEqual(24 * 3_600_000)
    expect(await only(store)).toMatchObject({ state: "dead", attempts: 8, payload: null })
    expect(failures).toEqual([[acme.id, invitation.id, message.id]])
    clock.advance({ days: 30 })
    expect(await deliver(deps)).toEqual(NOTHING)
  })

  it("goes out once the mailer is back, with the same id", async () => {
    const { deps, store, clock, mail } = postOffice()
    const { message } = await invited(store, await founded(store), TOKEN)
    mail.failNext()
    expect(await deliver(deps)).toEqual({ ...NOTHING, retried: 1 })
    expect(await only(store)).toMatchObject({ error: "the mail server is down" })
    clock.advance({ minutes: 2 })
    expect(await deliver(deps)).toEqual({ ...NOTHING, sent: 1 })
    expect(mail.all.map(({ id }) => id)).toEqual([message.id])
    expect(await only(store)).toMatchObject({ error: null, attempts: 2 })
  })

  it("leaves no trace of the token, the page or the address in its reason", async () => {
    const acceptUrl = (token: string) => `https://app.example/join/${token.toLowerCase()}/${token}`
    const { deps, store } = postOffice({ mailer: down, acceptUrl })
    const { invitation } = await invited(store, await founded(store), TOKEN)
    await deliver(deps)
    const { error } = await only(store)
    expect(error).toMatch(/^down: /)
    expect(error).not.toContain(TOKEN)
    expect(error).not.toContain("https://app.example/join")
    expect(error).not.toContain(invitation.email)
  })

  it.each([
    [
      "the mailer throws at once",
      {
        mailer: {
          sendInvitation: () => {
            throw new Error("not a promise")
          },
        },
      },
      "not a promise",
    ],
    [
      "the page's address cannot be made",
      {
        acceptUrl: (token: string) => {
          throw new Error(`no page for ${token}`)
        },
      },
      "no page for […]",
    ],
    [
      "the token cannot be opened",
      {
        secretBox: {
          seal: (text: string) => text,
          open: (text: string) => {
            throw new Error(`not sealed here: ${text}`)
          },
        },
      },
      "not sealed here: […]",
    ],
  ])("is tried again when %s", async (_, overrides, error) => {
    const { deps, store } = postOffice(overrides)
    await invited(store, await founded(store), TOKEN)
    expect(await deliver(deps)).toEqual({ ...NOTHING, retried: 1 })
    expect(await only(store)).toMatchObject({ state: "queued", attempts: 1, error, payload: TOKEN })
  })

  it("does not keep others from going out", async () => {
    const { deps, store, mail } = postOffice()
    const acme = await founded(store)
    const poisonous = await invited(store, acme, TOKEN)
    for (let n = 0; n < 5; n++) await invited(store, acme, `${TOKEN}${n}`)
    const mailer = {
      sendInvitation: async (message: InvitationMessage) => {
        if (message.id === poisonous.message.id) throw new Error("poison")
        await mail.sendInvitation(message)
      },
    }
    expect(await deliver({ ...deps, mailer })).toEqual({ ...NOTHING, sent: 5, retried: 1 })
  })

  it("stays queued while its end cannot be recorded", async () => {
    let recorded = 0
    const onFailed = async () => {
      if (++recorded === 1) throw new Error("no store")
    }
    const { deps, store, clock } = postOffice({ mailer: down, onFailed })
    await invited(store, await founded(store), TOKEN)
    for (let attempt = 1; attempt < 8; attempt++) {
      await deliver(deps)
      clock.set((await only(store)).dueAt)
    }
    expect(await deliver(deps)).toEqual({ ...NOTHING, retried: 1 })
    expect(await only(store)).toMatchObject({ state: "queued", payload: TOKEN })
    clock.advance({ hours: 1 })
    expect(await deliver(deps)).toEqual({ ...NOTHING, dead: 1 })
    expect(recorded).toBe(2)
  })
})

describe("a mailer that hangs", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }))
  afterEach(() => void vi.useRealTimers())

  it("counts as failed within the lease, and holds up no other mail", async () => {
    const { deps, store, mail } = postOffice()
    const acme = await founded(store)
    const stuck = await invited(store, acme, TOKEN)
    await invited(store, acme, `${TOKEN}2`)
    const mailer = {
      sendInvitation: (message: InvitationMessage) =>
        message.id === stuck.message.id ? new Promise<never>(() => undefined) : mail.sendInvitation(message),
    }
    const delivered = deliver({ ...deps, mailer })
    await vi.advanceTimersByTimeAsync(1)
    expect(await inState(store, "sent")).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await delivered).toEqual({ ...NOTHING, sent: 1, retried: 1 })
    expect(await inState(store, "queued")).toMatchObject([{ error: "no answer within 20 seconds", attempts: 1 }])
    expect(vi.getTimerCount()).toBe(0)
  })
})
