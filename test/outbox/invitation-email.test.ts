/**
 * The default e-mail says what it must, and nothing a value could make it say.
 *
 * @module
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type InvitationOffer, renderInvitation } from "../../src/outbox/invitation-email.ts"

const offer: InvitationOffer = {
  to: "bob@acme.example",
  organizationName: "Acme & Sons",
  inviter: "Ada",
  role: "editor",
  expiresAt: new Date("2026-03-05T14:30:00.000Z"),
  acceptUrl: "https://app.example/join?token=abc&from=mail",
}

const escaped = (text: string) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")

describe("the invitation's e-mail", () => {
  it("says who invites whom to what, until when, and where to accept", () => {
    const { subject, text, html } = renderInvitation(offer)
    expect(subject).toBe("Ada invites you to join Acme & Sons")
    expect(text).toBe(
      [
        "Ada invites you to join Acme & Sons as editor.",
        "Accept the invitation:\nhttps://app.example/join?token=abc&from=mail",
        "The invitation is for bob@acme.example and can be accepted until 5 March 2026 at 14:30 UTC.",
        "If you did not expect it, you can ignore this e-mail.\n",
      ].join("\n\n"),
    )
    expect(html).toContain('<a href="https://app.example/join?token=abc&amp;from=mail">Accept the invitation</a>')
    for (const paragraph of text.trim().split("\n\n").toSpliced(1, 1)) {
      expect(html).toContain(`<p>${escaped(paragraph)}</p>`)
    }
  })

  it("does without an inviter or a role", () => {
    const { subject, text } = renderInvitation({ ...offer, inviter: null, role: null })
    expect(subject).toBe("You are invited to join Acme & Sons")
    expect(text).toMatch(/^You are invited to join Acme & Sons\.\n/)
  })

  it("tells the time in UTC, wherever the process runs", () => {
    const zone = process.env["TZ"]
    try {
      process.env["TZ"] = "Asia/Tokyo"
      expect(renderInvitation(offer).text).toContain("5 March 2026 at 14:30 UTC")
    } finally {
      if (zone === undefined) delete process.env["TZ"]
      else process.env["TZ"] = zone
    }
  })

  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "\r", "\n", "\0", "\u2028", "\u202e", "a", ":", " ") }),
    fc.constantFrom("A\r\nBcc: eve@evil.example", "<script>alert(1)</script>", `"><img src=x onerror="x`),
  )
  const offers = fc.record({
    to: hostile,
    organizationName: hostile,
    inviter: fc.option(hostile),
    role: fc.option(hostile),
    expiresAt: fc.constant(offer.expiresAt),
    acceptUrl: hostile,
  })

  it("has a subject of one line, whatever the names", () => {
    fc.assert(
      fc.property(offers, (values) => {
        expect(renderInvitation(values).subject).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
  })

  it("has the same lines of text, whatever the names", () => {
    fc.assert(
      fc.property(offers, (values) => {
        expect(renderInvitation(values).text.split(/[\r\n\u2028\u2029]/)).toHaveLength(
          renderInvitation(offer).text.split("\n").length,
        )
      }),
    )
  })

  it("has the same elements and attributes, whatever the values", () => {
    const markup = ({ html }: { html: string }) =>
      html.match(/<[^>]*>/g)?.map((tag) => tag.replace(/href="[^"]*"/, "href")) ?? []
    const entities = /&(?!(?:amp|lt|gt|quot|#39);)/
    fc.assert(
      fc.property(offers, (values) => {
        const rendered = renderInvitation(values)
        expect(markup(rendered)).toEqual(markup(renderInvitation(offer)))
        expect(rendered.html).not.toMatch(entities)
        expect(rendered.html.match(/["']/g)?.length).toBe(renderInvitation(offer).html.match(/["']/g)?.length)
      }),
    )
  })
})
