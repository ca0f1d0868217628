import { expect, test } from 'vitest'
import { dialects } from '../dialects.ts'
import { fixturesOf } from '../testing/fixtures.ts'

test.each([
  ['claude-code', 'claude-code'], ['claude-code-captured', 'claude-code'], ['codex', 'codex'], ['gemini-cli', 'gemini-cli'], ['gemini-cli-captured', 'gemini-cli'],
  ['mcp', 'mcp'], ['a2a', 'a2a'], ['gen-ai', 'gen-ai'], ['onbehalf', 'onbehalf'],
])('E38: the records of %s are read by %s', (fixtures, name) => {
  for (const record of Object.values(fixturesOf(fixtures))) expect(dialects.find((each) => each.speaks(record))?.name).toBe(name)
})
