import { mintSecret } from "/work/main/src/api-key/key-secret.ts"
import { crc32, BASE62, endsWithChecksum } from "/work/main/src/api-key/checksum.ts"
import { customAlphabet } from "nanoid"
const draw = customAlphabet(BASE62, 32)
const secrets = Array.from({ length: 256 }, () => Buffer.from(mintSecret(draw())).toString("latin1"))
const WHOLE = /^[a-z][a-z0-9]{1,15}_[a-z][a-z0-9]{1,15}_[0-9A-Za-z]{38,134}$/
const B = /^[a-z][a-z0-9]{1,15}_[a-z][a-z0-9]{1,15}_\w{38,134}$/
const C = /^[a-z][a-z0-9]+_[a-z][a-z0-9]+_[0-9A-Za-z]+$/
let sink = 0
function time(name: string, f: (i: number) => unknown, n = 2_000_000) {
  for (let i = 0; i < 200_000; i++) if (f(i)) sink++
  const runs: number[] = []
  for (let r = 0; r < 9; r++) {
    const t = process.hrtime.bigint()
    for (let i = 0; i < n; i++) if (f(i)) sink++
    runs.push(Number(process.hrtime.bigint() - t) / n / 1000)
  }
  runs.sort((a, b) => a - b)
  console.log(name.padEnd(40), runs[0]!.toFixed(3), runs[4]!.toFixed(3), "us")
}
const CL = new Uint8Array(128)
for (const c of BASE62) CL[c.charCodeAt(0)] = c >= "a" ? 1 : c >= "A" ? 4 : 2
function classes(text: string) {
  const first = text.indexOf("_"), second = text.indexOf("_", first + 1)
  if (first < 2 || first > 16 || second - first < 3 || second - first > 17) return false
  let at = 0
  for (; at < second; at++) if (at !== first && !((CL[text.charCodeAt(at)] as number) & 3)) return false
  for (at++; at < text.length; at++) if (!CL[text.charCodeAt(at)]) return false
  return CL[text.charCodeAt(0)] === 1 && CL[text.charCodeAt(first + 1)] === 1
}
const T = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 && 0xedb88320)
  return crc
})
function crcS(text: string, length: number) { let crc = -1; for (let at = 0; at < length; at++) crc = (crc >>> 8) ^ T[(crc ^ text.charCodeAt(at)) & 255]!; return ~crc }
function end2(text: string) {
  const start = text.length - 6
  let crc = crcS(text, start)
  let rest = ((crc >>> 1) / 31) | 0, digit = (crc - Math.imul(rest, 62))
  let at = text.length - 1
  for (;;) {
    if (text.charCodeAt(at) !== BASE62.charCodeAt(digit)) return false
    if (at-- === start) return true
    const r = (rest / 62) | 0; digit = rest - r * 62; rest = r
  }
}
const D = Uint8Array.from(BASE62, (c) => c.charCodeAt(0))
time("regex", (i) => WHOLE.test(secrets[i & 255]!))
time("regex \\w", (i) => B.test(secrets[i & 255]!))
time("regex +", (i) => C.test(secrets[i & 255]!))
time("classes", (i) => classes(secrets[i & 255]!))
time("crc", (i) => crc32(secrets[i & 255]!, 40))
time("crcS", (i) => crcS(secrets[i & 255]!, 40))
time("endsWith", (i) => endsWithChecksum(secrets[i & 255]!))
time("end2", (i) => end2(secrets[i & 255]!))
