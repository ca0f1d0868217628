import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the MCP server speaks over stdio and writes nothing else there', async () => {
  const going = promisify(execFile)(process.execPath, [join(import.meta.dirname, '../examples/mcp-server.ts'), '--stdio'], { timeout: 20_000 })
  going.child.stdin!.end('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get_forecast","arguments":{"city":"Oslo"}}}\n{"jsonrpc":"2.0","id":8,"method":"prompts/list"}\n')
  const answers = (await going).stdout.trim().split('\n').map((line) => JSON.parse(line) as { id: number })
  expect(answers.toSorted((a, b) => a.id - b.id)).toMatchObject([{ id: 7, result: { content: [{ text: 'Snow' }] } }, { id: 8, error: { code: -32_601 } }])
})

test.each(['two-agents.ts', 'tool-server.ts', 'mcp-server.ts'])('%s runs by itself', async (name) => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../examples', name)], { timeout: 20_000 })
  expect(stderr).toBe('')
  expect(stdout).toMatch(/'onbehalf.outcome.status': 'succeeded'/)
})
