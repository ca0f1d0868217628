import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import { configurationPart } from './configuration-part.ts'
import { OnbehalfError } from './errors.ts'
import { createLogger } from './logger.ts'

function part(file: string | null) {
  const log = new EventEmitter()
  const lines: any[] = []
  const logger = createLogger({ name: 'test', format: 'json', destination: { write: (line: string) => log.emit('line', lines.push(JSON.parse(line))) } })
  const signals = new EventEmitter()
  const steps: string[] = []
  const state = { failure: null as Error | null }
  const applyFile = async () => {
    if (state.failure !== null) throw state.failure
    steps.push('applied')
    return ['default']
  }
  const registrations = { start: async () => void steps.push('started'), stop: async () => void steps.push('stopped') }
  return { part: configurationPart({ configuration: { file, applyFile }, registrations, logger, signals }), steps, signals, state, lines, log }
}

const invalid = () => new OnbehalfError('config_document_invalid', 'ours.yaml: /tenant is not known here.', { details: { errors: [{ path: '/tenant' }] } })

test('a file is read at the start and on SIGHUP; a bad one is logged then, and what held goes on', async () => {
  const { part: configuration, steps, signals, state, lines, log } = part('ours.yaml')
  await configuration.start!()
  expect(steps).toEqual(['started', 'applied'])
  state.failure = invalid()
  signals.emit('SIGHUP')
  await once(log, 'line')
  expect(lines.at(-1)).toMatchObject({ level: 'error', code: 'config_document_invalid', errors: [{ path: '/tenant' }] })
  state.failure = null
  signals.emit('SIGHUP')
  await once(log, 'line')
  expect(steps).toEqual(['started', 'applied', 'applied'])
  await configuration.stop!()
  expect(signals.listenerCount('SIGHUP')).toBe(0)
  expect(steps.at(-1)).toBe('stopped')
})

test('a bad file at the start is an error, and nothing is left running', async () => {
  const { part: configuration, steps, signals, state } = part('ours.yaml')
  state.failure = invalid()
  await expect(configuration.start!()).rejects.toMatchObject({ code: 'config_document_invalid', exitCode: 2 })
  expect(steps).toEqual(['started', 'stopped'])
  expect(signals.listenerCount('SIGHUP')).toBe(0)
})

test('without a file, nothing is written and SIGHUP is left to others', async () => {
  const { part: configuration, steps, signals } = part(null)
  await configuration.start!()
  expect(steps).toEqual(['started'])
  expect(signals.listenerCount('SIGHUP')).toBe(0)
})
