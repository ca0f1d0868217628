import { describe, expect, test } from 'vitest'
import { agent, current, received } from './index.ts'
import { recordSpans } from './testing/recorded-spans.ts'

const spans = recordSpans()
const support = agent({ iss: 'https://agents.example', sub: 'support-agent' })
const refunds = agent({ iss: 'https://agents.example', sub: 'refund-bot' })
const anna = { iss: 'https://login.example', sub: 'anna', kind: 'user' } as const
const delegations = () => spans.all().filter(({ name }) => name === 'onbehalf.delegate').map(({ attributes }) => attributes)

describe('a delegation', () => {
  test('says who lets whom do what, with whose authority, and until when', () => {
    const grant = support.delegate({
      to: refunds.principal, from: support.principal, subject: anna, id: 'del-2', parent: { kind: 'delegation', id: 'del-1' }, mode: 'impersonation', maxDepth: 0, purpose: 'Refund order 881',
      scope: { actions: ['payments.refund'], constraints: { max_uses: 1 } }, notBefore: new Date(0), expiresAt: '2026-03-01T10:29:00Z',
    })
    expect(grant.id).toBe('del-2')
    expect(delegations()).toEqual([{
      'onbehalf.agent.iss': 'https://agents.example', 'onbehalf.agent.sub': 'support-agent',
      'onbehalf.delegation.id': 'del-2', 'onbehalf.delegation.parent.kind': 'delegation', 'onbehalf.delegation.parent.id': 'del-1', 'onbehalf.delegation.mode': 'impersonation',
      'onbehalf.delegation.grantor.iss': 'https://agents.example', 'onbehalf.delegation.grantor.sub': 'support-agent', 'onbehalf.delegation.grantor.kind': 'agent',
      'onbehalf.delegation.delegate.iss': 'https://agents.example', 'onbehalf.delegation.delegate.sub': 'refund-bot', 'onbehalf.delegation.delegate.kind': 'agent',
      'onbehalf.delegation.subject.iss': 'https://login.example', 'onbehalf.delegation.subject.sub': 'anna', 'onbehalf.delegation.subject.kind': 'user',
      'onbehalf.delegation.scope': '{"actions":["payments.refund"],"constraints":{"max_uses":1}}', 'onbehalf.delegation.max_depth': 0,
      'onbehalf.delegation.not_before': '1970-01-01T00:00:00.000Z', 'onbehalf.delegation.expires_at': '2026-03-01T10:29:00Z', 'onbehalf.purpose': 'Refund order 881',
    }])
  })

  test('takes its parent from what one acts under, and never makes up a root or a subject', async () => {
    await support.session({ initiator: anna }, () => support.delegate({ id: 'del-1', to: refunds.principal }).run(() => support.delegate({ id: 'del-2', to: refunds.principal })))
    expect(delegations()).toMatchObject([
      { 'onbehalf.delegation.id': 'del-1', 'onbehalf.delegation.parent.kind': 'unknown', 'onbehalf.initiator.sub': 'anna' },
      { 'onbehalf.delegation.id': 'del-2', 'onbehalf.delegation.parent.kind': 'delegation', 'onbehalf.delegation.parent.id': 'del-1' },
    ])
    for (const attributes of delegations()) expect(attributes).not.toHaveProperty('onbehalf.delegation.subject.sub')
  })

  test('may come from outside or be a root, where the program says so', () => {
    support.delegate({ to: refunds.principal, parent: { kind: 'external', domain: 'bank.example', iss: 'https://bank.example', jti: 'tok-1' } })
    support.delegate({ to: support.principal, from: anna, subject: anna, parent: { kind: 'root' } })
    expect(delegations()).toMatchObject([
      { 'onbehalf.delegation.parent.kind': 'external', 'onbehalf.delegation.parent.domain': 'bank.example', 'onbehalf.delegation.parent.iss': 'https://bank.example', 'onbehalf.delegation.parent.jti': 'tok-1' },
      { 'onbehalf.delegation.parent.kind': 'root', 'onbehalf.delegation.grantor.kind': 'user' },
    ])
  })

  test('with an end that is no time does not look like one without an end', () => {
    const grant = support.delegate({ to: refunds.principal, expiresAt: new Date(NaN) })
    expect(delegations()[0]).toMatchObject({ 'onbehalf.delegation.expires_at': 'Invalid Date' })
    expect(grant.id).toMatch(/^del-[0-9a-f]{32}$/)
  })
})

describe('under a grant', () => {
  test('its delegate acts under it, here and elsewhere, and the grantor does not', async () => {
    await support.session({ id: 'ses-1', initiator: anna, subject: anna }, async () => {
      const grant = support.delegate({ id: 'del-1', to: refunds.principal })
      await support.action('mine', () => 1)
      await grant.run(() => refunds.session({}, () => refunds.action('here', () => 1)))
      for (const [name, carrier] of [['by http', grant.headers({ accept: '*/*' })], ['by mcp', grant.meta({ progressToken: 1 })]] as const)
        await received(carrier, () => refunds.session({}, () => refunds.action(name, () => 1)))
    })
    expect(spans.named('execute_tool mine').attributes).not.toHaveProperty('onbehalf.delegation.id')
    for (const name of ['here', 'by http', 'by mcp'])
      expect(spans.named(`execute_tool ${name}`).attributes).toMatchObject({
        'onbehalf.delegation.id': 'del-1', 'onbehalf.agent.sub': 'refund-bot', 'onbehalf.session.id': 'ses-1', 'onbehalf.initiator.sub': 'anna', 'onbehalf.subject.sub': 'anna',
      })
  })

  test('the subject is that of the grant', async () => {
    await support.session({ initiator: anna, subject: anna }, () => {
      expect(support.delegate({ to: refunds.principal, subject: { sub: 'ben' } }).run(current).subject).toEqual({ sub: 'ben' })
    })
  })

  test('a session with an initiator of its own begins a new story', async () => {
    const lineage = await support.session({ id: 'ses-1', initiator: anna, subject: anna, purpose: 'old' }, () =>
      support.delegate({ to: refunds.principal }).run(() => refunds.action('ask', () => refunds.session({ initiator: { sub: 'cron', kind: 'schedule' } }, current))))
    expect(lineage).toEqual({ sessionId: expect.stringMatching(/^ses-[0-9a-f]{32}$/), initiator: { sub: 'cron', kind: 'schedule' } })
  })

  test('and the session says by what it was begun', async () => {
    await refunds.session({ id: 'ses-9', initiator: { sub: 'nightly', kind: 'schedule' }, trigger: 'schedule', triggerRef: 'cron/nightly' }, () => 1)
    expect(spans.named('invoke_agent refund-bot').attributes).toMatchObject({ 'onbehalf.session.trigger': 'schedule', 'onbehalf.session.trigger_ref': 'cron/nightly' })
  })
})

test('a revocation says what, by whom and why', () => {
  support.delegate({ id: 'del-1', to: refunds.principal }).revoke({ reason: 'Customer withdrew', cascade: false })
  support.revoke('del-2')
  expect(spans.all().filter(({ name }) => name === 'onbehalf.revoke').map(({ attributes }) => attributes)).toEqual([
    { 'onbehalf.agent.iss': 'https://agents.example', 'onbehalf.agent.sub': 'support-agent', 'onbehalf.delegation.id': 'del-1', 'onbehalf.delegation.reason': 'Customer withdrew', 'onbehalf.delegation.cascade': false },
    { 'onbehalf.agent.iss': 'https://agents.example', 'onbehalf.agent.sub': 'support-agent', 'onbehalf.delegation.id': 'del-2' },
  ])
})
