import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

test('lines are JSON, with level and time as words, and hold no secret', () => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', format: 'json', destination: { write: (line: string) => void lines.push(line) } })
  logger.info({ token: 's3cret', request: { headers: { authorization: 'Bearer s3cret' } }, config: { password: 's3cret' } }, 'hello')
  logger.debug('not at this level')
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('s3cret')
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', name: 'test', msg: 'hello', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) })
})

test('the causes of an error are logged with it', () => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', format: 'json', destination: { write: (line: string) => void lines.push(line) } })
  logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'x')
  expect(lines[0]).toContain('inner')
})
