/**
 * The invitation's e-mail as it reads unless the host renders its own: plain English, no value trusted.
 *
 * @module
 */
import type { InvitationMessage } from "./mailer.ts"

/** What the e-mail is made from. */
export type InvitationOffer = Pick<
  InvitationMessage,
  "to" | "organizationName" | "inviter" | "role" | "expiresAt" | "acceptUrl"
>

/** Subject, text and HTML. Every value is one line in the text and the subject, and escaped in the HTML. */
export function renderInvitation(offer: InvitationOffer): Pick<InvitationMessage, "subject" | "text" | "html"> {
  const name = oneLine(offer.organizationName)
  const url = oneLine(offer.acceptUrl)
  const who = offer.inviter === null ? "You are invited" : `${oneLine(offer.inviter)} invites you`
  const subject = `${who} to join ${name}`
  const role = offer.role === null ? "" : ` as ${oneLine(offer.role)}`
  const terms = `The invitation is for ${oneLine(offer.to)} and can be accepted until ${readable(offer.expiresAt)}.`
  const otherwise = "If you did not expect it, you can ignore this e-mail."
  return {
    subject,
    text: `${subject}${role}.\n\nAccept the invitation:\n${url}\n\n${terms}\n\n${otherwise}\n`,
    html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(subject)}</title></head>
<body style="font-family:sans-serif;line-height:1.5;max-width:36em;margin:2em auto;padding:0 1em">
<h1 style="font-size:1.25em">${escaped(`Join ${name}`)}</h1>
<p>${escaped(`${subject}${role}.`)}</p>
<p><a href="${escaped(url)}">Accept the invitation</a></p>
<p>${escaped(terms)}</p>
<p>${escaped(otherwise)}</p>
</body>
</html>
`,
  }
}

/** Line breaks would begin a new header or a forged paragraph; bidirectional controls would reverse what is read. */
const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ").trim()

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")

const readable = (at: Date): string =>
  `${new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(at)} UTC`
