/**
 * Completes package-lock.json after `npm install`: `npm run lock [-- DIRECTORY…]`; with `--check`, only tells.
 *
 * npm leaves out the optional packages of platforms whose files it could not reach (npm/cli#4828), and `npm ci` then
 * refuses the lockfile. Each is named exactly by the package that wants it, and its platform by its own name.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"]

/** The optional packages that `lock` asks for and does not hold: `[path, entry]`. */
function missingFrom(lock) {
  return Object.entries(lock.packages).flatMap(([path, { dev, optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !folders(path).some((folder) => `${folder}node_modules/${name}` in lock.packages))
      .map(([name, version]) => [`${folders(path)[0]}node_modules/${name}`, entry(name, version, dev)]),
  )
}

/** Where Node looks for what a package imports: its own folder, then each above it. */
function folders(path) {
  const inner = path.lastIndexOf("node_modules/")
  return inner < 0 ? [""] : [`${path}/`, ...folders(path.slice(0, Math.max(inner - 1, 0)))]
}

function entry(name, version, dev) {
  const words = name.split(/[-/]/)
  const os = words.filter((word) => SYSTEMS.includes(word))
  const cpu = words.filter((word) => PROCESSORS.includes(word))
  if (!/^\d+\.\d+\.\d+$/.test(version) || os.length + cpu.length === 0) {
    throw new Error(`Cannot tell what ${name}@${version} is for: run npm install where it can be reached`)
  }
  const libc = os[0] !== "linux" ? null : words.at(-1).startsWith("musl") ? "musl" : "glibc"
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(dev && { dev }),
    ...(libc !== null && { libc: [libc] }),
    optional: true,
    ...(os.length > 0 && { os }),
  }
}

function complete(file, check) {
  const lock = JSON.parse(readFileSync(file, "utf8"))
  const missing = missingFrom(lock)
  if (missing.length === 0) return
  console.log([`${file} lacks:`, ...missing.map(([path]) => `  ${path}`)].join("\n"))
  if (check) {
    process.exitCode = 1
    return
  }
  const packages = Object.entries(lock.packages).concat(missing)
  lock.packages = Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, "en")))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log("Added.")
}

const args = process.argv.slice(2)
const directories = args.filter((arg) => !arg.startsWith("--"))
for (const directory of directories.length > 0 ? directories : ["."]) {
  complete(join(directory, "package-lock.json"), args.includes("--check"))
}
