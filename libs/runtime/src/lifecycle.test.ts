import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createLifecycle, type Part } from './lifecycle.ts'
import { silentLogger } from './logger.ts'

const recorder = () => {
  const calls: string[] = []
  const part = (name: string, extra: Partial<Part> = {}): Part => ({
    name,
    start: () => void calls.push(`start ${name}`),
    quiesce: () => void calls.push(`quiesce ${name}`),
    stop: () => void calls.push(`stop ${name}`),
    ...extra,
  })
  return { calls, part }
}

describe('a lifecycle', () => {
  test('starts in order, takes nothing new anywhere, then stops in reverse', async () => {
    const { calls, part } = recorder()
    const lifecycle = createLifecycle({ logger: silentLogger() })
    for (const name of ['a', 'b']) lifecycle.add(part(name))
    await lifecycle.start()
    expect(lifecycle.state).toBe('running')
    expect(await lifecycle.stop()).toEqual([])
    expect(calls).toEqual(['start a', 'start b', 'quiesce b', 'quiesce a', 'stop b', 'stop a'])
    await lifecycle.ended
  })

  test('stops what had started when a part cannot start, and throws why', async () => {
    const { calls, part } = recorder()
    const lifecycle = createLifecycle({ logger: silentLogger() })
    lifecycle.add(part('a'))
    lifecycle.add(part('b', { start: () => Promise.reject(new Error('no')) }))
    lifecycle.add(part('c'))
    await expect(lifecycle.start()).rejects.toThrow('no')
    expect(calls).toEqual(['start a', 'quiesce a', 'stop a'])
  })

  test('a stop in the middle of the start waits for the part in hand and begins no further one', async () => {
    const { calls, part } = recorder()
    const lifecycle = createLifecycle({ logger: silentLogger() })
    lifecycle.add(part('slow', { start: async () => { await sleep(30); calls.push('start slow') } }))
    lifecycle.add(part('next'))
    const started = lifecycle.start()
    await lifecycle.stop()
    await started
    expect(calls).toEqual(['start slow', 'quiesce slow', 'stop slow'])
  })

  test('a part that does not stop is left behind and named; one that throws does not hold up the others', async () => {
    const { calls, part } = recorder()
    const lifecycle = createLifecycle({ logger: silentLogger(), stopTimeoutMs: 50 })
    lifecycle.add(part('a'))
    lifecycle.add(part('stuck', { stop: () => new Promise(() => {}) }))
    lifecycle.add(part('throws', { stop: () => Promise.reject(new Error('x')) }))
    await lifecycle.start()
    expect(await lifecycle.stop()).toEqual(['stuck', 'a'])
    expect(calls).toContain('quiesce a')
  })

  test('ends with the first failure of a running part', async () => {
    const failed = Promise.withResolvers<never>()
    const lifecycle = createLifecycle({ logger: silentLogger() })
    lifecycle.add({ name: 'consumer', failed: failed.promise })
    await lifecycle.start()
    failed.reject(new Error('partition stopped'))
    await expect(lifecycle.ended).rejects.toThrow('partition stopped')
  })
})

describe('a process', () => {
  const run = (part: string) => {
    const code = `
      import { createLifecycle, runProcess } from ${JSON.stringify(new URL('./lifecycle.ts', import.meta.url).href)}
      import { OnbehalfError } from ${JSON.stringify(new URL('./errors.ts', import.meta.url).href)}
      import { createLogger } from ${JSON.stringify(new URL('./logger.ts', import.meta.url).href)}
      const logger = createLogger({ name: 'test', format: 'json' })
      const lifecycle = createLifecycle({ logger })
      const alive = setInterval(() => {}, 1000)
      lifecycle.add(${part})
      await runProcess({ lifecycle, logger, ready: () => console.log('ready') })`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    child.stderr.on('data', (chunk) => (log += chunk))
    const exit = once(child, 'exit').then(([status, signal]) => ({ status, signal, log }))
    return { child, exit, ready: once(child.stdout, 'data') }
  }

  test('drains on SIGTERM and exits 0', async () => {
    const { child, ready, exit } = run(`{ name: 'a', stop: () => new Promise((done) => setTimeout(() => { console.error('drained'); done() }, 50)) }`)
    await ready
    child.kill('SIGTERM')
    expect(await exit).toMatchObject({ status: 0, log: expect.stringContaining('drained') })
  })

  test('stops at once on a second signal', async () => {
    const { child, ready, exit } = run(`{ name: 'a', quiesce() { console.log('quiet') }, stop: () => new Promise(() => {}) }`)
    await ready
    child.kill('SIGINT')
    await once(child.stdout, 'data')
    const at = Date.now()
    child.kill('SIGINT')
    expect(await exit).toMatchObject({ status: 130 })
    expect(Date.now() - at).toBeLessThan(5_000)
  })

  test('exits 70 with a report id on what nobody expected', async () => {
    const { exit } = run(`{ name: 'a', start() { setTimeout(() => { throw new Error('surprise') }, 10) } }`)
    const { status, log } = await exit
    expect(status).toBe(70)
    expect(JSON.parse(log.trim().split('\n').at(-1)!)).toMatchObject({ level: 'fatal', report_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}$/), err: { message: 'surprise' } })
  })

  test('exits 2 with a sentence on what the operator can put right', async () => {
    const { exit } = run(`{ name: 'a', start() { throw new OnbehalfError('kafka_required', 'ingest needs Kafka.') } }`)
    const { status, log } = await exit
    expect(status).toBe(2)
    const line = JSON.parse(log.trim().split('\n').at(-1)!)
    expect(line).toMatchObject({ code: 'kafka_required', msg: 'ingest needs Kafka.', next: expect.stringContaining('ONBEHALF_KAFKA_BROKERS') })
    expect(log).not.toContain('.ts:')
  })
})
