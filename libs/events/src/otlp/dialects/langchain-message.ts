import { items, member } from '../attribute.ts'
import type { AttributeValue } from '../record.ts'

/**
 * The message that a LangChain tool gave, in the output of its run: as JavaScript serialises it (`lc`, `kwargs`), or as Python
 * does (`type: tool`). `status` is `success` only where the tool came back.
 */
export function toolMessageOf(output: AttributeValue | undefined): AttributeValue | undefined {
  const message = member(output, 'output') ?? output
  if (items(member(message, 'id')).at(-1) === 'ToolMessage') return member(message, 'kwargs')
  return member(message, 'type') === 'tool' && member(message, 'tool_call_id') !== undefined ? message : undefined
}
