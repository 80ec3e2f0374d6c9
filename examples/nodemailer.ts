/**
 * Invitations by SMTP, through nodemailer: a real exchange with a server on this machine, and the link that was read out
 * of what it was given. Runs by itself, and ends: `npx tsx examples/nodemailer.ts`.
 *
 * @module
 */
import type { AddressInfo } from "node:net"
import { createTransport } from "nodemailer"
import { SMTPServer } from "smtp-server"
import { createTenantry, user } from "tenantry"
import { memoryStore } from "tenantry/memory"
import { customRoles } from "tenantry/presets"

// The other side: a mail server that keeps what it is given.
const delivered: string[] = []
const server = new SMTPServer({
  disabledCommands: ["STARTTLS", "AUTH"],
  async onData(stream, _session, done) {
    let raw = ""
    for await (const chunk of stream) raw += chunk
    delivered.push(raw)
    done()
  },
})
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))

// Your transport: here without TLS, since it does not leave this machine.
const { port } = server.server.address() as AddressInfo
const transport = createTransport({ host: "127.0.0.1", port, secure: false, ignoreTLS: true })

const tenantry = createTenantry({
  preset: customRoles,
  store: memoryStore(),
  acceptUrl: (token) => `https://app.example/join/${token}`,
  mailer: {
    // The id is the same when a message is sent again, so that a mail server can drop the repetition.
    sendInvitation: async ({ id, to, subject, text, html }) => {
      await transport.sendMail({ from: "team@app.example", to, subject, text, html, messageId: `<${id}@app.example>` })
    },
  },
})

const ada = user({ id: "u_ada", email: "ada@acme.example", emailVerified: true, name: "Ada Lovelace" })
const bob = user({ id: "u_bob", email: "bob@acme.example", emailVerified: true, name: "Bob" })

const { id: organizationId } = await tenantry.organizations.create(ada, { name: "Acme" })
await tenantry.invitations.send(ada, { organizationId, email: "bob@acme.example", role: "member" })
await tenantry.outbox.deliver()

/** The text of a message, its soft line breaks and escapes undone. */
const decoded = (raw: string): string =>
  raw
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const [message = ""] = delivered.map(decoded)
for (const header of ["From", "To", "Subject"]) console.log(new RegExp(`^${header}: .*$`, "m").exec(message)?.[0])

const token = /https:\/\/app\.example\/join\/([\w-]+)/.exec(message)?.[1] ?? ""
const { membership } = await tenantry.invitations.accept(bob, { token })
console.log(`${membership?.email} followed the link and is a ${membership?.role}`)

const { data } = await tenantry.invitations.list(ada, { organizationId })
console.log(`delivery: ${data[0]?.delivery.state}, invitation: ${data[0]?.status}`)
server.close()
