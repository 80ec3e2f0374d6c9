/**
 * Installs this package's dependencies when they are missing or stale, so that a fresh clone runs with one command.
 *
 * @module
 */
import { join } from "node:path"
import { installIfStale } from "./npm-ci.js"

installIfStale(join(import.meta.dirname, ".."))
