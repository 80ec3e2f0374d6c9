/**
 * Bundles imports of the package as a host's bundler would, without its dependencies.
 *
 * @module
 */
import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { gzipSync } from "node:zlib"
import { build as esbuild, type Metafile } from "esbuild"
import { build as tsup } from "tsup"
import config from "../../tsup.config.ts"
import { ROOT } from "../architecture/source.ts"

const { entry } = config as { entry: Readonly<Record<string, string>> }

/** The package's entries: name in `dist`, source file. Its command is none: nobody imports it. */
export const entries = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== "command-line"))

/** Builds the package's JavaScript, as `npm run build` does, into a folder of its own; answers that folder. */
export async function buildPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tenantry-build-"))
  const { sideEffects, type } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"))
  await writeFile(join(folder, "package.json"), JSON.stringify({ sideEffects, type }))
  const outDir = join(folder, "dist")
  await tsup({ ...config, config: false, format: ["esm"], dts: false, clean: false, silent: true, outDir })
  return outDir
}

/** A bundle's code, what of it is loaded at once as served, and what each file that went into it weighs there. */
export type Bundle = Readonly<{ code: string; gzip: number; modules: ReadonlyMap<string, number> }>

/** What `program` becomes, minified; `resolved` says where `tenantry` and its subpaths are. */
export async function bundle(program: string, resolved: (entry: string) => string): Promise<Bundle> {
  const result = await esbuild({
    stdin: { contents: program, resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    outdir: join(ROOT, "bundle"),
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node20",
    tsconfigRaw: {},
    logLevel: "error",
    plugins: [
      {
        name: "tenantry",
        setup(build) {
          build.onResolve({ filter: /^[^./]/ }, ({ path }) => {
            const entry = /^tenantry(?:\/(.+))?$/.exec(path)
            return entry === null
              ? { path, external: true }
              : build.resolve(resolved(entry[1] ?? "index"), { kind: "import-statement", resolveDir: ROOT })
          })
        },
      },
    ],
  })
  const { outputs } = result.metafile
  const text = new Map(result.outputFiles.map((file) => [relative(ROOT, file.path), file.text]))
  const codeOf = (paths: Iterable<string>) => [...paths].map((path) => text.get(path) ?? "").join("")
  const modules = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))
  return {
    code: codeOf(text.keys()),
    gzip: gzipSync(codeOf(atOnce(outputs)), { level: 9 }).length,
    modules: new Map(modules.map(([path, { bytesInOutput }]) => [path, bytesInOutput])),
  }
}

/** The outputs that are loaded with the program, not when something in it is first used. */
function atOnce(outputs: Metafile["outputs"]): ReadonlySet<string> {
  const [entry] = Object.entries(outputs).flatMap(([path, { entryPoint }]) => (entryPoint === "<stdin>" ? [path] : []))
  const loaded = new Set(entry === undefined ? [] : [entry])
  for (const path of loaded) {
    for (const { kind, path: next } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && outputs[next] !== undefined) loaded.add(next)
    }
  }
  return loaded
}

/** Entries as built by `buildPackage`. */
export const built = (folder: string) => (entry: string) => join(folder, `${entry}.js`)

/** Entries as sources, so that a bundle's weight is told by module. */
export const source = (entry: string): string => join(ROOT, entries[entry] ?? "")

/** The modules that went into a bundle, the heaviest first. */
export function heaviest(modules: Bundle["modules"]): readonly string[] {
  const some = [...modules].filter(([, bytes]) => bytes > 0)
  return some.sort(([, a], [, b]) => b - a).map(([path, bytes]) => `${path} ${bytes}`)
}
