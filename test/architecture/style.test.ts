/**
 * What keeps every file small, named by what it holds, and free of hidden time and chance.
 *
 * @module
 */
import { describe, expect, it } from "vitest"
import { type Source, sources, withoutComments } from "./source.ts"

const src = sources(["src"])
const everything = sources(
  ["src", "test", "examples", "bench", "scripts", "docs", ".ci", "README.md", "CHANGELOG.md"],
  /\.(?:ts|tsx|js|md|json)$|\/run$/,
)

const found = (files: readonly Source[], wrong: (file: Source) => boolean): readonly string[] =>
  files.filter(wrong).map(({ path }) => path)

const CLOCK = /\bnew Date\(\s*\)|\bDate\(\s*\)|\bDate\.now\b|\bperformance\.now\b/
const CHANCE = /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b|from "nanoid/
/** Words that say that something is not finished; spelled so that this file does not hold them. */
const UNFINISHED = new RegExp(["TO" + "DO", "FIX" + "ME", "@ts-" + "ignore", "@ts-" + "nocheck"].join("|"))

describe("every source file", () => {
  it("opens with a comment that says what the module is", () => {
    const headless = (text: string) => !/^(?:#!.*\n)?\/\*\*\n(?: \*.*\n)*? \* @module\n \*\/\n/.test(text)
    expect(found(src, ({ text }) => headless(text))).toEqual([])
  })

  it("has at most 300 lines", () => {
    expect(found(src, ({ text }) => text.split("\n").length > 301)).toEqual([])
  })

  it("is named by what it holds", () => {
    const drawer = /\/(?:utils?|helpers?|types?|managers?|common|misc|shared|constants|lib)(?:\.ts$|\/)/
    expect(found(src, ({ path }) => drawer.test(path))).toEqual([])
    expect(found(src, ({ path }) => !/^src\/(?:[a-z][a-z0-9-]*\/)*[a-z][a-z0-9-]*\.ts$/.test(path))).toEqual([])
  })

  it("exports by name, one by one", () => {
    expect(found(src, ({ text }) => /^export (?:default\b|\*)/m.test(text))).toEqual([])
  })

  it("imports zod as a namespace and date-fns by function, so that neither is bundled whole", () => {
    const zod = /from "zod(?:\/[^"]*)?"/g
    const namespace = /^import (?:type )?\* as z from "zod"$/gm
    const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0
    expect(found(src, ({ text }) => count(text, zod) !== count(text, namespace))).toEqual([])
    expect(found(src, ({ text }) => /from "date-fns"/.test(text))).toEqual([])
  })

  it("marks a preset's policy as pure, so that bundlers drop the presets that nobody imports", () => {
    const unmarked = /= (?:define|preset)Policy\(/
    expect(found(src, ({ path, text }) => path.startsWith("src/presets/") && unmarked.test(text))).toEqual([])
  })

  it("compiles a policy unchecked in presets alone, whose tests check it", () => {
    const unchecked = found(src, ({ text }) => /\bpresetPolicy\(/.test(withoutComments(text)))
    expect(unchecked).toEqual(
      ["custom-roles", "paid-team", "projects", "workspace"].map((name) => `src/presets/${name}.ts`),
    )
  })

  it("takes time from the clock", () => {
    const reads = found(src, ({ text }) => CLOCK.test(withoutComments(text)))
    expect(reads).toEqual(["src/kernel/clock.ts"])
  })

  it("takes ids and chance from their port", () => {
    expect(found(src, ({ text }) => CHANCE.test(withoutComments(text)))).toEqual(["src/kernel/id.ts"])
  })
})

describe("the repository", () => {
  it("holds nothing unfinished", () => {
    expect(everything.length).toBeGreaterThan(src.length)
    expect(found(everything, ({ text }) => UNFINISHED.test(text))).toEqual([])
  })
})
