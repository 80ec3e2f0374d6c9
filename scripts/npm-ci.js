/**
 * Installs what a package-lock.json asks for, when node_modules is missing or stale. Plain Node: it runs before any
 * dependency is there.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { lstatSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"

/** The packages that a lockfile names, by their path; null without one. */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages
  } catch (error) {
    if (error.code === "ENOENT" || error instanceof SyntaxError) return null
    throw error
  }
}

/** Whether what npm last left in `directory` is not what its lockfile asks for; other platforms' packages aside. */
export function isStale(directory) {
  const wanted = lockedPackages(join(directory, "package-lock.json"))
  const installed = lockedPackages(join(directory, "node_modules", ".package-lock.json")) ?? {}
  if (wanted === null) throw new Error(`${resolve(directory)} has no readable package-lock.json`)
  return Object.entries(wanted).some(([path, { version, optional = false, devOptional = false }]) => {
    if (path === "") return false
    return installed[path] === undefined ? !(optional || devOptional) : installed[path].version !== version
  })
}

/** Runs `npm ci` in `directory` when it is stale: silent when there is nothing to do, throws when npm fails. */
export function installIfStale(directory) {
  if (!isStale(directory)) return
  // npm would empty the folder that a link leads to, which others may use.
  if (lstatSync(join(directory, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(`node_modules of ${resolve(directory)} is a link: run npm ci where it leads`)
  }
  console.log(`Installing dependencies in ${resolve(directory)}`)
  const options = { cwd: directory, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" }
  const { status, error } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], options)
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`npm ci failed in ${resolve(directory)} (exit code ${status})`)
}
