/** Reads, and whatever comes. */
import { answerAsDocumented } from "./generate.ts"
import { titled } from "./requests.ts"

answerAsDocumented(titled.filter(([, { method }]) => method === "GET"))
