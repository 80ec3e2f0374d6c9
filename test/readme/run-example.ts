/**
 * Examples as a host runs them: a process each, in a folder of its own.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = new URL("../../", import.meta.url)

/** Runs an example with those arguments, in that folder. */
export const runExample = (name: string, args: readonly string[] = [], cwd = fileURLToPath(root)) =>
  spawnSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), fileURLToPath(new URL(`examples/${name}.ts`, root)), ...args],
    {
      cwd,
      encoding: "utf8",
      env: { ...process.env, TSX_TSCONFIG_PATH: fileURLToPath(new URL("tsconfig.json", root)) },
    },
  )
