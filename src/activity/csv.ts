/**
 * CSV by RFC 4180, safe to open in a spreadsheet.
 *
 * @module
 */

// What a spreadsheet takes for a formula (OWASP, CSV injection): such text is shown behind an apostrophe.
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

/** One record with its line end. Every value is quoted; null is an empty field without quotes. */
export const csvRecord = (values: readonly (string | null)[]): string =>
  `${values.map((value) => (value === null ? "" : quoted(value))).join(",")}\r\n`

const quoted = (text: string): string => `"${text.replace(FORMULA, "'$&").replaceAll('"', '""')}"`
