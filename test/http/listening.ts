/**
 * Servers on loopback, each at a port of its own.
 *
 * @module
 */
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { serve } from "@hono/node-server"
import type { FastifyInstance } from "fastify"

/** A server that listens. */
export type Open = Readonly<{ url: string; close: () => Promise<unknown> }>

const opened = (server: Server): Open => ({
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  close: () => new Promise((resolve) => server.close(resolve)),
})

/** Node's own server. */
export const listen = (listener: RequestListener): Promise<Open> =>
  new Promise((resolve) => {
    const server = createServer(listener)
    server.listen(0, "127.0.0.1", () => resolve(opened(server)))
  })

/** Hono's. */
export async function listenFetch(fetch: Parameters<typeof serve>[0]["fetch"]): Promise<Open> {
  const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }) as Server
  await new Promise((resolve) => server.once("listening", resolve))
  return opened(server)
}

/** Fastify's. */
export async function listenFastify(app: Pick<FastifyInstance, "listen" | "close">): Promise<Open> {
  const url = await app.listen({ port: 0, host: "127.0.0.1" })
  return { url, close: async () => app.close() }
}
