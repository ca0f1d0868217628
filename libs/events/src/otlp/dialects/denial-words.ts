import type { AttributeValue, OtlpRecord } from '../record.ts'

/**
 * What a framework writes where a result would stand, when the call was refused: its own fixed words, whole, by the
 * instrumentation scope that writes them. The same words from elsewhere are an application's, and say nothing.
 */
const wordsOf: Readonly<Record<string, readonly string[]>> = {
  // pydantic_ai/tools.py, `ToolDenied.message`, 1.0
  'pydantic-ai': ['The tool call was denied.'],
}

/** Whether what stands where the result would be is this framework's word for a refusal. */
export function denies(record: OtlpRecord, result: AttributeValue | undefined): boolean {
  const words = Object.hasOwn(wordsOf, record.scope.name) ? wordsOf[record.scope.name]! : []
  if (words.length === 0) return false
  return typeof result === 'string' && words.includes(result)
}
