/**
 * Installs the packed package into an empty ESM project and an empty CommonJS project; type-checks and runs the same
 * program in both. Expects a fresh `npm run build`.
 *
 * @module
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const subpaths = Object.keys(manifest.exports).filter((path) => path !== "./package.json")

const program = `
${subpaths.map((path, index) => `import * as entry${index} from "tenantry${path.slice(1)}"`).join("\n")}
import { attempt, createTenantry, isTenantryError, TenantryError, user } from "tenantry"
import { memoryStore } from "tenantry/memory"
import { workspace } from "tenantry/presets"

async function main(): Promise<void> {
  const entries: readonly object[] = [${subpaths.map((_, index) => `entry${index}`).join(", ")}]
  if (entries.some((entry) => Object.keys(entry).length === 0)) throw new Error("an entry exports nothing")

  const tenantry = createTenantry({
    preset: workspace,
    store: memoryStore(),
    mailer: { sendInvitation: async () => {} },
    acceptUrl: (token: string) => \`https://app.example/join/\${token}\`,
  })
  const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true })
  const acme = await tenantry.organizations.create(ada, { name: "Acme" })
  const name: string = acme.name
  if (name !== "Acme" || !acme.id.startsWith("org_")) throw new Error("no organization")

  const lost = await attempt(tenantry.organizations.get(ada, { organizationId: acme.id.slice(0, -1) }))
  if (lost.ok || !isTenantryError(lost.error) || !(lost.error instanceof TenantryError)) throw new Error("no refusal")

  // What is loaded only when it is first used.
  await tenantry.invitations.send(ada, { organizationId: acme.id, email: "bob@acme.example", role: "viewer" })
  const { sent } = await tenantry.outbox.deliver()
  const proof = await tenantry.activity.verify(ada, { organizationId: acme.id })
  const findings = await tenantry.policy.audit()
  if (sent !== 1 || !proof.ok || findings.length !== 0) throw new Error("a part loaded on use is missing")

  // @ts-expect-error: an organization has a name
  await attempt(tenantry.organizations.create(ada, {}))
  console.log("  imports", entries.length, "entries and creates", name)
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
`

const compilerOptions = {
  target: "ES2022",
  module: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  // Not skipLibCheck: the declarations must stand by themselves, without Node's types.
  types: [],
  lib: ["ES2023", "DOM"],
}

/** The optional libraries that an entry imports as soon as it is loaded. */
const peers = ["hono", "kysely"].map((name) => {
  const { version } = JSON.parse(readFileSync(join(root, `node_modules/${name}/package.json`), "utf8"))
  return `${name}@${version}`
})

const folder = mkdtempSync(join(tmpdir(), "tenantry-package-"))
const npm = (cwd, ...args) =>
  execFileSync("npm", args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
  })
try {
  const [packed] = JSON.parse(npm(root, "pack", "--json", "--loglevel=error", "--pack-destination", folder))
  console.log(`${packed.filename}: ${packed.files.length} files, ${packed.size} bytes`)
  for (const type of ["module", "commonjs"]) {
    const project = join(folder, type)
    mkdirSync(project)
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: `a-${type}-host`, private: true, type }))
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }))
    writeFileSync(join(project, "program.ts"), `declare const process: { exitCode: number }\n${program}`)
    npm(
      project,
      "install",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      join(folder, packed.filename),
      ...peers,
    )
    console.log(`${type}: type-check`)
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc")], { cwd: project, stdio: "inherit" })
    console.log(`${type}: run`)
    execFileSync(process.execPath, ["program.js"], { cwd: project, stdio: "inherit" })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
