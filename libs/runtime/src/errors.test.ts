import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { renderErrorDocs } from './error-docs.ts'
import { asOnbehalfError, errorCodes, exitCodeOf, OnbehalfError } from './errors.ts'

describe('the registry', () => {
  test('every code says what to do, with a status and an exit code that fit', () => {
    for (const [code, { status, title, next, exit }] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[a-z][a-z_]+$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect([1, 2, 3, 70]).toContain(exit)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
      expect(next).toMatch(/[.`]$/)
    }
  })

  test('docs/errors.md is what the registry says', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
    expect(page, 'run npm run generate').toBe(renderErrorDocs())
  })
})

describe('an error', () => {
  test('carries status, exit code and advice of its code', () => {
    const error = new OnbehalfError('port_busy', 'ONBEHALF_API_PORT=4700: the port is in use.')
    expect(error).toMatchObject({ status: 500, exitCode: 2, next: errorCodes.port_busy.next })
  })

  test('of a library that must not import the registry is known by its code', () => {
    const foreign = Object.assign(new Error('No acknowledgement'), { code: 'stream_unavailable' })
    expect(asOnbehalfError(foreign)).toMatchObject({ code: 'stream_unavailable', status: 503, cause: foreign })
    expect(asOnbehalfError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBeNull()
    expect(asOnbehalfError('text')).toBeNull()
  })

  test('that nobody expected ends a command with 70', () => {
    expect(exitCodeOf(new TypeError('x'))).toBe(70)
    expect(exitCodeOf(new OnbehalfError('config_invalid', 'x'))).toBe(2)
  })
})
