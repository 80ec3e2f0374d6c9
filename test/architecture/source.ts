/**
 * Reads the repository's own files, for the tests of its shape.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"

export const ROOT = resolve(import.meta.dirname, "../..")

/** A source file: its path from the root with forward slashes, its text, and what it imports (files by their path). */
export type Source = Readonly<{ path: string; text: string; imports: readonly string[] }>

const IMPORT = /^\s*(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm

/** What a file imports or re-exports, types included; relative files by their path from the root. */
export function importsOf(path: string, text: string): readonly string[] {
  const specifiers = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "")
  const directory = dirname(resolve(ROOT, path))
  return specifiers.map((name) => (name.startsWith(".") ? slashed(relative(ROOT, resolve(directory, name))) : name))
}

/** Every file under these folders or files that has one of these extensions. */
export function sources(places: readonly string[], extensions = /\.(?:ts|js)$/): readonly Source[] {
  return places.flatMap(filesOf).flatMap((path) => {
    if (!extensions.test(path)) return []
    const text = readFileSync(join(ROOT, path), "utf8")
    return [{ path, text, imports: importsOf(path, text) }]
  })
}

function filesOf(place: string): readonly string[] {
  const stats = statSync(join(ROOT, place), { throwIfNoEntry: false })
  if (!stats?.isDirectory()) return stats === undefined ? [] : [place]
  return readdirSync(join(ROOT, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => slashed(relative(ROOT, join(entry.parentPath, entry.name))))
    .sort()
}

/** Code without comments, so that prose may name what code may not use. */
export const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*$/gm, "")

const slashed = (path: string): string => path.split(sep).join("/")
