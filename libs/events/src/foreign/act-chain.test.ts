import fc from 'fast-check'
import { expect, test } from 'vitest'
import { actChainOf } from './act-chain.ts'

const subs = (claims: unknown) => actChainOf(claims).actors.map((actor) => actor && actor.sub)

/** RFC 8693, section 4.1, the example of a chain of delegation. */
const rfc = {
  aud: 'https://service26.example.com', iss: 'https://issuer.example.com', exp: 1_443_904_100, nbf: 1_443_904_000, sub: 'user@example.com',
  act: { sub: 'https://service16.example.com', act: { sub: 'https://service77.example.com' } },
}

test('E48: trap: the outermost act is the current actor; those within are prior, the most recent first', () => {
  expect(subs(rfc)).toEqual(['user@example.com', 'https://service77.example.com', 'https://service16.example.com'])
})

test('E48: trap: client_id is not the actor', () => {
  expect(subs({ iss: 'i', sub: 'anna', client_id: 'app' })).toEqual(['anna'])
  expect(subs({ iss: 'i', sub: 'anna', act: { client_id: 'app' } })).toEqual(['anna', null])
})

test('E48: trap: may_act is a permission, not something that happened', () => {
  expect(subs({ iss: 'i', sub: 'anna', may_act: { sub: 'bot' } })).toEqual(['anna'])
})

test("E48: trap: an act that equals the token's own issuer and subject is no delegation", () => {
  expect(subs({ iss: 'i', sub: 'bot', act: { iss: 'i', sub: 'bot' } })).toEqual(['bot'])
  expect(subs({ iss: 'i', sub: 'bot', act: { sub: 'bot', act: { sub: 'other' } } })).toEqual(['bot'])
  expect(subs({ iss: 'i', sub: 'bot', act: { iss: 'j', sub: 'bot' } })).toEqual(['bot', 'bot'])
})

test('E48: trap: nothing in act carries scope or expiry of a hop: an actor is a name', () => {
  expect(actChainOf({ sub: 'anna', act: { sub: 'bot', scope: 'all', exp: 1 } }).actors).toEqual([{ sub: 'anna', kind: 'unknown' }, { sub: 'bot', kind: 'unknown' }])
})

/** draft-araut-oauth-transaction-tokens-for-agents. */
const txn = (agentic_ctx: object) => ({ txn: 't', iss: 'https://txn-svc.trust-domain.example', sub: 'user:alice@example.com', act: { sub: 'agent-identity-1' }, agentic_ctx })

test('E48: trap: a transaction token copies act unmodified, so it is the first agent; the current one is agentic_ctx.current_actor', () => {
  expect(subs(txn({ current_actor: 'agent-identity-2' }))).toEqual(['user:alice@example.com', 'agent-identity-1', 'agent-identity-2'])
  expect(subs(txn({ current_actor: { iss: 'i', sub: 'agent-identity-2' } }))).toEqual(['user:alice@example.com', 'agent-identity-1', 'agent-identity-2'])
  expect(subs(txn({ current_actor: 'agent-identity-1' }))).toEqual(['user:alice@example.com', 'agent-identity-1'])
})

test('E48: trap: a hop_count larger than the hops that can be seen is a gap', () => {
  expect(actChainOf(txn({ current_actor: 'agent-identity-2', hop_count: 4 }))).toMatchObject({ hopsSaid: 4, hopsUnseen: 2 })
  expect(actChainOf(txn({ current_actor: 'agent-identity-2', hop_count: 2 }))).toMatchObject({ hopsSaid: 2, hopsUnseen: 0 })
  expect(actChainOf(txn({ hop_count: 1 }))).toMatchObject({ hopsUnseen: 0 })
  expect(actChainOf(rfc)).toMatchObject({ hopsSaid: null, hopsUnseen: 0 })
})

test('E48: the example of the draft: the path names every agent, and none is hidden', () => {
  const agentic_ctx = {
    current_actor: { identity: { workload_id: '1p-billing-svc-v2', origin_node: 'internal-cluster-alpha-node-4' }, posture: { tee: 'aws-nitro-enclave', assurance: 'high' } },
    originator: { identity: { workload_id: '3p-assistant-ext-99' } },
    chain_metadata: { hop_count: 2, min_assurance_level: 'low', txn_path: ['3p-assistant-ext-99', '1p-billing-svc-v2'] },
  }
  expect(actChainOf({ txn: 'abc-123-xyz', sub: 'user_8821@example.com', agentic_ctx })).toEqual({
    actors: ['user_8821@example.com', '3p-assistant-ext-99', '1p-billing-svc-v2'].map((sub) => ({ sub, kind: 'unknown' })), hopsSaid: 2, hopsUnseen: 0,
  })
})

test('E48: whatever a token holds, the chain is bounded', () => {
  let act: object = { sub: 'deep' }
  for (let i = 0; i < 10_000; i++) act = { sub: `a${i}`, act }
  expect(actChainOf({ sub: 'anna', act }).actors).toHaveLength(65)
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (act, agentic_ctx) => {
    expect(actChainOf({ sub: 'anna', act, agentic_ctx }).actors.length).toBeLessThanOrEqual(130)
    expect(actChainOf(act).hopsUnseen).toBeGreaterThanOrEqual(0)
  }))
})
