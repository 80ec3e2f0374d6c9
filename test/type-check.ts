/**
 * Type-checking what tests write.
 *
 * @module
 */
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("..", import.meta.url))

/** What the compiler finds in these files alone, as tsconfig.json has it: what they import is checked elsewhere. */
export function problemsIn(files: readonly string[]): readonly string[] {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, root)
  const program = ts.createProgram(files, options)
  const sources = files.flatMap((file) => program.getSourceFile(file) ?? [])
  if (sources.length < files.length) throw new Error("not every file was found")
  return sources
    .flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)])
    .concat(program.getOptionsDiagnostics())
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`)
}
