import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from '@onbehalf/runtime'
import { appendOwn } from '@onbehalf/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { borrowDatabase, withClient } from './instance/database.ts'
import { Product } from './testing/product.ts'

describe('incidents, as a person at a terminal meets them', () => {
  let product: Product
  const command = (...args: string[]) => product.command(...args)
  const played: Record<string, any> = {}

  beforeAll(async () => {
    product = new Product()
    await product.up()
  })
  afterAll(() => product.end())

  async function done(...args: string[]) {
    const said = await command(...args)
    expect(said.code, `${args.join(' ')}: ${said.err}${said.out}`).toBe(0)
    return said
  }

  test('three are played: one found at once, two that need the clock', async () => {
    for (const [name, findings] of [['denied-but-executed', ['DEC-01']], ['standing-grant', ['TIM-04']], ['silent-source', ['DEC-02', 'INT-04']]] as const) {
      const [told] = (await done('demo', name, '--seed', `e2e-${name}`, '--json')).lines
      played[name] = told
      expect(told.not_yet).toEqual([])
      expect(told.findings.map(({ rule }: { rule: string }) => rule).toSorted()).toEqual(findings)
      expect(told.registered === null).toBe(name === 'denied-but-executed')
    }
    expect((await done('producer', 'list', '--json')).lines.map(({ legs }) => legs)).toEqual([['grants'], ['decision', 'heartbeat']])
    // The same seed is the same incident: it is registered already, and every event is known.
    const again = await done('demo', 'standing-grant', '--seed', 'e2e-standing-grant')
    expect(again.out).toContain('Registered for it already')
    expect(again.out).toContain('TIM-04  Just-in-time access not withdrawn when due')
    expect((await done('producer', 'list', '--json')).lines.length).toBe(2)
  })

  test('findings are listed, shown, acknowledged and accepted; --fail-on answers for a pipeline', async () => {
    const page = await done('findings', '--severity', 'medium')
    for (const rule of ['DEC-01', 'TIM-04', 'DEC-02', 'INT-04']) expect(page.out).toContain(`${rule}  `)
    expect(page.out).toMatch(/provisional: it rests on an absence that may still be filled/)
    expect((await done('findings', '--json', '--rule', 'DEC-01')).lines).toMatchObject([{ rule: 'DEC-01', severity: 'critical', resolved_at: null }])
    expect(await command('findings', '--rule', 'DEC-0l')).toMatchObject({ code: 2, err: expect.stringContaining('did you mean') })

    const { id } = played['denied-but-executed'].findings[0]
    const failing = await command('findings', '--fail-on', 'critical')
    expect(failing).toMatchObject({ code: 1, err: expect.stringContaining(`critical ${id} is open.`) })
    expect((await done('findings', 'show', id)).out).toContain('What resolves it')
    expect((await done('findings', 'acknowledge', id, '--reason', 'Asked the payments team')).out).toMatch(/acknowledged by \S+ Asked\s+the\s+payments\s+team/)
    expect((await command('findings', '--fail-on', 'critical')).code).toBe(1)
    expect((await done('findings', 'accept', id, '--until', '7d', '--reason', 'CHG-1')).out).toMatch(/accepted\s+until\s+\d{4}-.*:\s+CHG-1/s)
    expect((await command('findings', '--fail-on', 'critical', '--json')).code).toBe(0)
    expect((await command('findings', 'show', 'DEC-01:nobody')).code).toBe(3)
    expect((await done('findings', '--status', 'resolved')).out).toBe('No finding is resolved.\n')
  })

  test('coverage, agents and rules', async () => {
    const coverage = await done('coverage')
    const silent = (await done('coverage', '--json')).lines.find(({ agent }) => agent.includes('refund-bot-'))
    expect(coverage.out).toContain(`registered: ${silent.legs.find(({ leg }: { leg: string }) => leg === 'decision').owners[0].producer}`)
    expect(coverage.out).toContain('add next')
    for (const line of coverage.out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)

    const agents = (await done('agents', '--json')).lines
    expect(agents.length).toBe(3)
    expect((await done('agents')).out).toContain('not registered')
    const bot = agents.find(({ sub }) => sub.startsWith('database-bot-'))
    for (const named of [['agents', bot.key], ['agents', bot.sub], ['trace', bot.key]]) expect((await done(...named)).out).toContain('What it could use now')
    expect((await command('agents', 'nobody')).code).toBe(3)

    expect((await done('rules')).out).toMatch(/^off {2}APR-01/m)
    expect((await done('rules', 'TIM-04')).out).toMatch(/on +access-desk-\w+ is registered for grants/)
    expect(await command('rules', 'TIM-99')).toMatchObject({ code: 3, err: expect.stringContaining('Did you mean TIM-0') })
  })

  test('trace: an action with its findings, a session, a delegation', async () => {
    const { actions: [action], session_id } = played['silent-source']
    const page = (await done('trace', action.id)).out
    expect(page).toMatch(/high {6}DEC-02 {2}Executed without a decision/)
    expect(page).toMatch(/raised \d{4}-/)
    expect(page).toContain('not yet told')
    expect((await done('trace', session_id)).out).toContain('DEC-02 high, provisional')
    const [{ chain }] = (await done('trace', action.id, '--json')).lines
    const delegation = (await done('trace', chain[0].delegation_id)).out
    expect(delegation).toContain(`delegation ${chain[0].delegation_id}`)
    expect(delegation).toContain(action.id)
    const [grant] = played['standing-grant'].actions
    expect((await done('trace', grant.id)).out).toContain('TIM-04  Just-in-time access not withdrawn when due')
    expect(await command('trace', 'nobody')).toMatchObject({ code: 3, err: expect.stringContaining('no action, trace, session, delegation or agent "nobody"') })
  })

  test('what cannot be read is in quarantine, and shown as it was received', async () => {
    expect((await done('quarantine')).out).toContain('Nothing is in quarantine')
    await borrowDatabase(loadConfig(product.env), product.env, ({ url }) => withClient(url, async (client) => {
      await client.query('begin')
      await appendOwn(client, 'default', [{ specversion: '1.0', id: 'bad', source: 'urn:x', type: 'onbehalf.config.changed.v1', time: 'yesterday', data: {} }])
      await client.query('commit')
    }))
    const [found] = await until(async () => {
      const { lines } = await done('quarantine', 'list', '--json')
      return lines.length > 0 ? lines : null
    })
    expect(found).toMatchObject({ kind: 'own', count: 1 })
    const page = (await done('quarantine', 'show', found.id)).out
    expect(page).toContain('"time": "yesterday"')
    expect(page).toMatch(/✗ \/time/)
    expect((await command('quarantine', 'show', 'q-0')).code).toBe(3)
    // It is in no lineage, so nothing else has changed.
    expect((await done('doctor', '--quick', '--json')).lines.find(({ check }) => check === 'configuration')).toMatchObject({ problems: [] })
  })

  test('what a producer said is struck through, and its finding resolved', async () => {
    const { actions: [action] } = played['standing-grant']
    const producer: string = (await done('producer', 'list', '--json')).lines[0].id
    expect((await done('retract', '--producer', producer, '--reason', 'Test data')).out).toContain(`What ${producer} said`)
    await until(async () => ((await done('findings', '--rule', 'TIM-04', '--json')).lines.length === 0 ? true : null))
    expect((await done('findings', '--status', 'resolved', '--rule', 'TIM-04')).out).toContain('retracted')
    expect((await done('trace', action.id)).code).toBe(0)
  })

  test('where the configuration comes from a file, the demo says what to add to it; a fresh start with that file plays it', async () => {
    expect(await product.down()).toBe(0)
    const file = join(product.dir, 'onbehalf.json')
    writeFileSync(file, JSON.stringify({ tenants: { default: { producers: [] } } }))
    await product.up({ ONBEHALF_CONFIG_FILE: file })
    const refused = await command('demo', 'unregistered-agent', '--seed', 'filed', '--json')
    expect(refused.code).toBe(3)
    const { error } = JSON.parse(refused.err)
    expect(error).toMatchObject({ code: 'config_file_set', next: expect.stringContaining('--seed filed') })

    const fresh = new Product()
    try {
      writeFileSync(file, JSON.stringify({ tenants: { default: error.add } }))
      await fresh.up({ ONBEHALF_CONFIG_FILE: file })
      const told = await fresh.command('demo', 'unregistered-agent', '--seed', 'filed', '--json')
      expect(told.code, told.err).toBe(0)
      expect(told.lines[0].findings).toMatchObject([{ rule: 'AGT-01' }])
    } finally {
      await fresh.end()
    }
  })
})

async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const answer = await ask()
    if (answer !== null) return answer
    if (Date.now() > deadline) throw new Error('not within 60 s')
  }
}
