/**
 * E-mail addresses: one canonical form, computed once, compared by equality.
 *
 * @module
 */
import * as z from "zod"
import type { Branded } from "./id.ts"

/** An address in canonical form: trimmed, lower case, its domain in ASCII (RFC 5890). */
export type Email = Branded<"Email">

// RFC 5321 § 4.1.2: a dot-string of atoms. Quoted local parts are refused, as every large provider does.
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
const TOP_LABEL = /[a-z]/
const UNSAFE_DOMAIN = /[\s/:?#@%\\[\]<>^|\p{Cc}]/u

/**
 * The canonical form, or null when it is not an address. Case never matters; a plus tag or a dot does. The local part
 * is ASCII only; the domain goes through the URL standard's domain-to-ASCII, which normalises Unicode.
 */
export function canonicalEmail(text: string): Email | null {
  const address = text.trim()
  const at = address.lastIndexOf("@")
  // The ASCII test comes before anything that folds: NFC and lower-casing both turn the Kelvin sign into a letter.
  if (at < 1 || at > 64 || address.length > 320 || !/^[\x21-\x7e]+$/.test(address.slice(0, at))) return null
  const local = address.slice(0, at).toLowerCase()
  const domain = domainToAscii(address.slice(at + 1))
  if (domain === null || !LOCAL.test(local) || local.length + 1 + domain.length > 254) return null
  return `${local}@${domain}` as Email
}

function domainToAscii(domain: string): string | null {
  if (domain === "" || UNSAFE_DOMAIN.test(domain)) return null
  const url = URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : ""
  const labels = url.split(".")
  const valid = labels.length > 1 && labels.every((label) => LABEL.test(label)) && TOP_LABEL.test(labels.at(-1) ?? "")
  return valid ? url : null
}

/** An address as input: validated and made canonical. */
export const Email: z.ZodType<Email, string> = z
  .string()
  .max(320)
  .transform((text, context) => {
    const email = canonicalEmail(text)
    if (email !== null) return email
    context.addIssue({ code: "custom", message: "expected an e-mail address" })
    return z.NEVER
  })
