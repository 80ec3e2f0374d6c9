/**
 * Bundles imports of the package as a host's bundler would, without its dependencies.
 *
 * @module
 */
import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build as esbuild } from "esbuild"
import { build as tsup } from "tsup"
import config from "../../tsup.config.ts"
import { ROOT } from "../architecture/source.ts"

/** The package's entries: name in `dist`, source file. */
export const entries = (config as { entry: Readonly<Record<string, string>> }).entry

/** Builds the package's JavaScript, as `npm run build` does, into a folder of its own; answers that folder. */
export async function buildPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tenantry-build-"))
  const { sideEffects, type } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"))
  await writeFile(join(folder, "package.json"), JSON.stringify({ sideEffects, type }))
  const outDir = join(folder, "dist")
  await tsup({ ...config, config: false, format: ["esm"], dts: false, clean: false, silent: true, outDir })
  return outDir
}

/** A bundle's code, its size as served, and what each file that went into it weighs there. */
export type Bundle = Readonly<{ code: string; gzip: number; modules: ReadonlyMap<string, number> }>

/** What `program` becomes, minified; `resolved` says where `tenantry` and its subpaths are. */
export async function bundle(program: string, resolved: (entry: string) => string): Promise<Bundle> {
  const result = await esbuild({
    stdin: { contents: program, resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
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
  const code = result.outputFiles[0]?.text ?? ""
  const inputs = Object.values(result.metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const modules = new Map(inputs.map(([path, { bytesInOutput }]) => [path, bytesInOutput]))
  return { code, gzip: gzipSync(code, { level: 9 }).length, modules }
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
