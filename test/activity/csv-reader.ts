/**
 * Reads CSV as RFC 4180 has it, so that what an export writes can be read back.
 *
 * @module
 */

/** The records of a file; a field without quotes that is empty is null. Throws on anything the grammar does not have. */
export function readCsv(text: string): readonly (readonly (string | null)[])[] {
  const records: (string | null)[][] = []
  let rest = text
  while (rest !== "") {
    const record: (string | null)[] = []
    for (;;) {
      const field = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest)
      if (field === null) throw new Error(`not CSV: ${JSON.stringify(rest.slice(0, 40))}`)
      const [whole, quoted, bare, end] = field
      record.push(quoted?.replaceAll('""', '"') ?? (bare || null))
      rest = rest.slice(whole.length)
      if (end === "\r\n") break
    }
    records.push(record)
  }
  return records
}
