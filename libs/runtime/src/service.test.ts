import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createLogger, silentLogger } from './logger.ts'
import { checkExposure } from './http-door.ts'

function run(compose: string, env: Record<string, string> = {}) {
  const code = `
    import { runService, OnbehalfError } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    await runService('probe', ${compose})`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env },
  })
  const lines: Record<string, unknown>[] = []
  const waiting: [string, (line: Record<string, unknown>) => void][] = []
  let rest = ''
  child.stderr.on('data', (chunk) => {
    rest += chunk
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = JSON.parse(rest.slice(0, end)) as Record<string, unknown>
      rest = rest.slice(end + 1)
      lines.push(line)
      for (const [message, found] of waiting) if (line.msg === message) found(line)
    }
  })
  const line = (message: string) => new Promise<Record<string, unknown>>((resolve) => void waiting.push([message, resolve]))
  return { child, lines, line, exit: once(child, 'exit').then(([status]) => status as number) }
}

test('a service is alive, ready, measured, and gone with 0', async () => {
  const { child, line, exit } = run(`({ health }) => { health.check('thing', () => ({ ok: true })) }`)
  const { url } = await line('admin door is open')
  expect((await fetch(`${url}/livez`)).status).toBe(200)
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ok', checks: { thing: { ok: true } } })
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('onbehalf_process_cpu')
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
})

test('a mistake in the configuration is a sentence and exit code 2', async () => {
  const { lines, exit } = run('() => {}', { ONBEHALF_API_PROT: '1' })
  expect(await exit).toBe(2)
  expect(lines.at(-1)).toMatchObject({ level: 'fatal', code: 'config_invalid', msg: expect.stringContaining('did you mean ONBEHALF_API_PORT?') })
})

test('what a service cannot do without is exit code 2 as well', async () => {
  const { lines, exit } = run(`() => { throw new OnbehalfError('kafka_required', 'It needs Kafka.') }`, { ONBEHALF_BOOTSTRAP_TOKEN: 'a-secret-of-the-operator' })
  expect(await exit).toBe(2)
  expect(JSON.stringify(lines)).not.toContain('a-secret-of-the-operator')
})

test('beyond loopback a credential is needed, and the first one is warned about', () => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', format: 'json', destination: { write: (line: string) => void lines.push(line) } })
  expect(() => checkExposure('127.0.0.1', 'none', silentLogger())).not.toThrow()
  expect(() => checkExposure('0.0.0.0', 'none', logger)).toThrow(expect.objectContaining({ code: 'token_required' }))
  checkExposure('0.0.0.0', 'bootstrap', logger)
  expect(lines).toEqual([expect.stringContaining('"level":"warn"')])
})
