import { expect, test } from 'vitest'
import { actorsOf } from './act-claim.ts'

const subs = (claim: unknown) => actorsOf(claim, 'p').map((actor) => actor && `${actor.iss} ${actor.sub}`)
const bare = 'urn:onbehalf:unqualified:p'

test('M310: trap: the outermost act is who acts now; those within are prior actors, the most recent first', () => {
  expect(subs({ sub: 'now', act: { sub: 'before', act: { iss: 'https://i.example', sub: 'first' } } })).toEqual([`${bare} now`, `${bare} before`, 'https://i.example first'])
})

test('M310: trap: client_id and may_act say nothing of who acts', () => {
  expect(subs({ client_id: 'app', may_act: { sub: 'someone' } })).toEqual([null])
  expect(subs({ sub: 'now', client_id: 'app', may_act: { sub: 'someone' } })).toEqual([`${bare} now`])
})

test('M310: an actor without a usable name hides nobody behind it', () => {
  expect(subs({ sub: 7, act: { sub: 'before' } })).toEqual([null, `${bare} before`])
  expect(subs({ sub: 'now', iss: '' })).toEqual([null])
  expect(subs({ sub: 'a\nb' })).toEqual([null])
})

test('M310: what is no claim names nobody; a claim is read as deep as its schema lets it be', () => {
  for (const claim of [null, undefined, 'now', 7, [{ sub: 'now' }]]) expect(subs(claim)).toEqual([])
  let claim: object = { sub: 'deepest' }
  for (let i = 0; i < 100; i++) claim = { sub: `a${i}`, act: claim }
  expect(actorsOf(claim, 'p')).toHaveLength(64)
})
