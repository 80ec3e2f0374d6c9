/**
 * Completes package-lock.json after `npm install`: `npm run lock`.
 *
 * npm leaves out the optional packages of platforms whose files it could not reach (npm/cli#4828), and `npm ci` then
 * refuses the lockfile. Each is named exactly by the package that wants it, and its platform by its own name.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"]

/** The optional packages that `lock` asks for and does not hold: `[path, entry]`. */
export function missingFrom(lock) {
  const missing = Object.entries(lock.packages).flatMap(([path, { dev, optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !ancestors(path).some((at) => `${at}node_modules/${name}` in lock.packages))
      .map(([name, version]) => [`node_modules/${name}`, entry(name, version, dev)]),
  )
  return missing
}

/** Where Node looks from a package's path: its own folder, then each above it. */
function ancestors(path) {
  const parts = path === "" ? [] : path.split(/\/?(?=node_modules\/)/)
  return [...parts.map((_, index) => `${parts.slice(0, parts.length - index).join("/")}/`), ""]
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

function complete(file) {
  const lock = JSON.parse(readFileSync(file, "utf8"))
  const missing = missingFrom(lock)
  const packages = Object.entries(lock.packages).concat(missing)
  lock.packages = Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, "en")))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${file}: ${missing.length} added`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directories = process.argv.slice(2)
  for (const directory of directories.length > 0 ? directories : ["."]) complete(join(directory, "package-lock.json"))
}
