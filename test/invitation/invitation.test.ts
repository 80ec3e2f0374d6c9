import { addHours } from "date-fns/addHours"
import { addMilliseconds } from "date-fns/addMilliseconds"
import { describe, expect, it } from "vitest"
import {
  cancelPending,
  deliveryFailed,
  type Invitation,
  isLive,
  type Letter,
  recipientRefusal,
  resend,
  revive,
  send,
  statusAt,
} from "../../src/invitation/invitation.ts"
import { user } from "../../src/kernel/actor.ts"
import type { MessageId } from "../../src/kernel/id.ts"

const at = new Date("2026-03-01T12:00:00.000Z")
const letter = (when: Date, hash = "hash_2") =>
  ({
    tokenHash: hash,
    messageId: "msg_2",
    invitedBy: { userId: "u_ada" },
    at: when,
    ttlHours: 168,
  }) as unknown as Letter
const offer = {
  id: "inv_1",
  organizationId: "org_1",
  email: "bob@acme.example",
  role: "viewer",
  locale: null,
} as unknown as Invitation

const sent = send(offer, letter(at, "hash_1")).after as Invitation
const expiry = addHours(at, 168)
const person = (email: string, emailVerified: boolean) => user({ id: "u_bob", email, emailVerified })

describe("an invitation", () => {
  it("lives until 168 hours after it was sent, to the millisecond", () => {
    expect(sent).toMatchObject({ status: "pending", createdAt: at, sentAt: at, expiresAt: expiry, acceptedBy: null })
    expect(isLive(sent, addMilliseconds(expiry, -1))).toBe(true)
    expect(isLive(sent, expiry)).toBe(false)
    expect(statusAt(sent, addMilliseconds(expiry, -1))).toBe("pending")
    expect(statusAt(sent, expiry)).toBe("expired")
  })

  it("once closed has the same status for ever", () => {
    for (const status of ["accepted", "declined", "cancelled"] as const) {
      expect(statusAt({ ...sent, status }, addHours(expiry, 1000))).toBe(status)
    }
  })

  it("is resent with a new token and a new expiry, expired or not, and keeps its id", () => {
    for (const when of [addHours(at, 1), addHours(expiry, 1)]) {
      expect(resend(sent, letter(when))).toMatchObject({
        facts: [
          {
            action: "invitation.resent",
            after: { id: "inv_1", tokenHash: "hash_2", sentAt: when, expiresAt: addHours(when, 168) },
          },
        ],
      })
    }
  })

  it("is resent at most once a minute", () => {
    const retryAt = new Date("2026-03-01T12:01:00.000Z")
    expect(resend(sent, letter(addMilliseconds(retryAt, -1)))).toEqual({
      ok: false,
      refusal: { code: "rate_limited", details: { retryAt } },
    })
    expect(resend(sent, letter(retryAt)).ok).toBe(true)
  })

  it.each(["accepted", "declined", "cancelled"] as const)("once %s can never be revived", (status) => {
    expect(resend({ ...sent, status }, letter(addHours(at, 1)))).toMatchObject({
      ok: false,
      refusal: { code: "invitation_closed" },
    })
  })

  it("when sent anew after expiry is the same one, with the role now given", () => {
    const again = revive(
      sent,
      { role: "editor" as Invitation["role"], projects: [], locale: "de" },
      letter(addHours(expiry, 1)),
    )
    expect(again).toMatchObject({
      action: "invitation.sent",
      before: sent,
      after: { id: "inv_1", role: "editor", locale: "de", status: "pending" },
    })
  })

  it.each([
    ["pending", { ok: true, facts: [{ action: "invitation.cancelled", after: { status: "cancelled" } }] }],
    ["cancelled", { ok: true, facts: [] }],
    ["accepted", { ok: false, refusal: { code: "invitation_closed", details: { status: "accepted" } } }],
    ["declined", { ok: false, refusal: { code: "invitation_closed", details: { status: "declined" } } }],
  ] as const)("that is %s answers a cancellation so", (status, answer) => {
    expect(cancelPending({ ...sent, status })).toMatchObject(answer)
  })

  it("records a failed delivery only of the letter that is out", () => {
    expect(deliveryFailed(sent, "msg_2" as MessageId)).toMatchObject({
      facts: [{ action: "invitation.delivery_failed" }],
    })
    expect(deliveryFailed(sent, "msg_1" as MessageId)).toEqual({ ok: true, facts: [] })
    expect(deliveryFailed({ ...sent, status: "cancelled" }, "msg_2" as MessageId)).toEqual({ ok: true, facts: [] })
  })
})

describe("who may answer an invitation", () => {
  const [bob, eve] = ["bob@acme.example", "eve@evil.example"]
  const live = at
  const over = expiry

  it.each([
    ["the recipient, with the token", bob, true, true, live, null],
    ["the recipient, by its ids", bob, true, false, live, null],
    ["the recipient, too late", bob, true, true, over, "invitation_expired"],
    ["the recipient, unverified, with a live token", bob, false, true, live, "email_unverified"],
    ["the recipient, unverified, with a dead token", bob, false, true, over, "not_found"],
    ["the recipient, unverified, by its ids", bob, false, false, live, "not_found"],
    ["somebody else with a live token", eve, true, true, live, "invitation_email_mismatch"],
    ["somebody else with a dead token", eve, true, true, over, "not_found"],
    ["somebody else by its ids", eve, true, false, live, "not_found"],
    ["somebody else, unverified, with a live token", eve, false, true, live, "invitation_email_mismatch"],
  ] as const)("%s", (_, email, verified, hasToken, when, code) => {
    expect(recipientRefusal(sent, person(email, verified), hasToken, when)?.code ?? null).toBe(code)
  })

  it.each(["accepted", "declined", "cancelled"] as const)(
    "a %s one is closed to its recipient and unknown to others",
    (status) => {
      const closed = { ...sent, status }
      expect(recipientRefusal(closed, person(bob, true), true, at)).toEqual({
        code: "invitation_closed",
        details: { status },
      })
      expect(recipientRefusal(closed, person(eve, true), true, at)?.code).toBe("not_found")
    },
  )
})
