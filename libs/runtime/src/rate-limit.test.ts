import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OnbehalfError } from './errors.ts'
import { createRateLimits, fieldsOf, policyOf, refilled } from './rate-limit.ts'

const seat = { tenant: 'default', producer: 'pdp' }

function limited(rate: number | null, burstS?: number) {
  const clock = { ms: 1_000 }
  const rates = createRateLimits({ rateOf: (tenant, producer) => (tenant === 'default' && producer === 'pdp' ? rate : null), nowMs: () => clock.ms, ...(burstS === undefined ? {} : { burstS }) })
  /** What a door does with a request: true when it was let in. */
  const send = (records: number): boolean => {
    try {
      rates.check(seat)
    } catch (error) {
      if (error instanceof OnbehalfError && error.code === 'rate_limited') return false
      throw error
    }
    rates.charge(seat, records)
    return true
  }
  return { clock, rates, send }
}

test('two seconds of the rate come in at once, then as many as the rate says', () => {
  const { clock, send } = limited(10)
  expect(Array.from({ length: 25 }, () => send(1)).filter(Boolean)).toHaveLength(20)
  clock.ms += 500
  expect(Array.from({ length: 25 }, () => send(1)).filter(Boolean)).toHaveLength(5)
  clock.ms += 3_600_000
  expect(Array.from({ length: 25 }, () => send(1)).filter(Boolean)).toHaveLength(20)
})

test('a batch larger than the budget comes in once and is waited for, to the millisecond', () => {
  const { clock, rates, send } = limited(10)
  expect(send(520)).toBe(true)
  expect(rates.delayMs(seat)).toBe(50_100)
  expect(() => rates.check(seat)).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfterS: 51, details: { rate_per_s: 10, 'violated-policies': ['producer'] } }))
  clock.ms += 50_099
  expect(send(1)).toBe(false)
  clock.ms += 1
  expect(send(1)).toBe(true)
})

test('whoever waits as long as told comes in', () => {
  fc.assert(fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 30 }), (rate, batches) => {
    const { clock, rates, send } = limited(rate)
    for (const records of batches) {
      clock.ms += rates.delayMs(seat)
      expect(send(records)).toBe(true)
    }
  }))
})

test('in no stretch of time does more come in than the rate, a burst and one request', () => {
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: 5_000 }), records: fc.integer({ min: 1, max: 100 }) })
  fc.assert(fc.property(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.array(step, { minLength: 1, maxLength: 100 }), (rate, steps) => {
    const { clock, send } = limited(rate)
    const taken: { ms: number; records: number }[] = []
    for (const { afterMs, records } of steps) {
      clock.ms += afterMs
      if (send(records)) taken.push({ ms: clock.ms, records })
    }
    const { burst } = policyOf(rate, 2)
    for (let from = 0; from < taken.length; from++) {
      let sum = 0
      for (let to = from; to < taken.length; to++) {
        // Before the last request there was a token left: all that came before it fits.
        expect(sum).toBeLessThanOrEqual(burst + rate * (taken[to]!.ms - taken[from]!.ms) / 1_000 + 1e-6)
        sum += taken[to]!.records
      }
    }
  }))
})

test('refused requests take nothing, however many there are', () => {
  const { clock, send } = limited(1)
  expect([send(1), send(1), send(1)]).toEqual([true, true, false])
  for (let i = 0; i < 1_000; i++) expect(send(1)).toBe(false)
  clock.ms += 1_000
  expect(send(1)).toBe(true)
})

test('a slow rate lets one in at a time', () => {
  const { clock, send } = limited(0.1)
  expect([send(1), send(1)]).toEqual([true, false])
  clock.ms += 10_000
  expect([send(1), send(1)]).toEqual([true, false])
})

test('who is not limited hears nothing of it, and every producer has its own budget', () => {
  const { rates } = limited(1)
  for (const other of [{ tenant: 'default', producer: 'other' }, { tenant: 'acme', producer: 'pdp' }]) {
    rates.charge(other, 1_000_000)
    expect(() => rates.check(other)).not.toThrow()
    expect([rates.fields(other), rates.delayMs(other)]).toEqual([null, 0])
  }
  expect(() => rates.check(seat)).not.toThrow()
})

test('a clock that goes back gives nothing and takes nothing', () => {
  const policy = policyOf(10, 2)
  expect(refilled({ tokens: 3, atMs: 5_000 }, policy, 1_000)).toEqual({ tokens: 3, atMs: 5_000 })
})

test('a rate that is lowered holds at once, one that is raised fills up from there', () => {
  let rate = 100
  const rates = createRateLimits({ rateOf: () => rate, nowMs: () => 0 })
  expect(rates.fields(seat)!['ratelimit']).toContain('r=200')
  rate = 10
  expect(rates.fields(seat)!['ratelimit']).toContain('r=20')
  rate = 1_000
  expect(rates.fields(seat)!['ratelimit']).toContain('r=20;')
})

test('the header fields are those of draft-ietf-httpapi-ratelimit-headers-11', () => {
  const { clock, rates } = limited(100)
  expect(rates.fields(seat)).toEqual({ 'ratelimit-policy': '"producer";q=200;w=2;onbehalf-unit="events"', ratelimit: '"producer";r=200;t=0' })
  rates.charge(seat, 150)
  expect(rates.fields(seat)!['ratelimit']).toBe('"producer";r=50;t=2')
  rates.charge(seat, 550)
  // Nothing left: until there is something again, as retry-after has it.
  expect(rates.fields(seat)!['ratelimit']).toBe('"producer";r=0;t=6')
  expect(() => rates.check(seat)).toThrow(expect.objectContaining({ retryAfterS: 6 }))
  clock.ms += 6_000
  expect(rates.fields(seat)!['ratelimit']).toBe('"producer";r=100;t=1')
})

test('whatever the rate, the fields are structured fields with integers (RFC 9651 §3.3.1)', () => {
  fc.assert(fc.property(fc.double({ min: Number.MIN_VALUE, noNaN: true }), fc.double({ min: -1e300, max: 1e300, noNaN: true }), (rate, tokens) => {
    const policy = policyOf(rate, 2)
    const fields = fieldsOf({ tokens: Math.min(tokens, policy.burst), atMs: 0 }, policy)
    expect(fields['ratelimit-policy']).toMatch(/^"producer";q=[1-9]\d{0,14};w=[1-9]\d{0,14};onbehalf-unit="events"$/)
    expect(fields['ratelimit']).toMatch(/^"producer";r=\d{1,15};t=\d{1,15}$/)
  }))
})
