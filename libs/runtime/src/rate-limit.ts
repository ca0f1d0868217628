import { OnbehalfError } from './errors.ts'
import type { Identity } from './identity.ts'

/** Whose budget it is. */
export type Seat = Pick<Identity, 'tenant' | 'producer'>

export interface RateLimitOptions {
  /** Records a second that a producer may send (`rate_per_s` of its registration); null: not limited. */
  rateOf: (tenant: string, producer: string) => number | null
  /** How many seconds of its rate a producer may send at once. Default 2. */
  burstS?: number
  nowMs?: () => number
}

export interface RateLimits {
  /** Whether there is anything left: before a body is read, and again before what it holds is judged. @throws OnbehalfError `rate_limited` */
  check(seat: Seat): void
  /** Takes what was sent, whatever becomes of it: to refuse a record costs as much as to take it. */
  charge(seat: Seat, records: number): void
  /** For what comes in a stream and can wait: until there is something left again; 0: there is. */
  delayMs(seat: Seat): number
  /** The header fields `ratelimit-policy` and `ratelimit` of an answer; null where the producer is not limited. */
  fields(seat: Seat): Record<string, string> | null
}

/** The budgets of producers, in this process: with several gateways, each gives out as much. */
export function createRateLimits({ rateOf, burstS = 2, nowMs = () => performance.now() }: RateLimitOptions): RateLimits {
  // One for each producer that was registered with a rate: no client can make it grow.
  const buckets = new Map<string, Bucket>()

  function budgetOf({ tenant, producer }: Seat): Budget | null {
    const rate = rateOf(tenant, producer)
    if (rate === null) return null
    const policy = policyOf(rate, burstS)
    const name = `${tenant}/${producer}`
    const bucket = refilled(buckets.get(name) ?? { tokens: policy.burst, atMs: nowMs() }, policy, nowMs())
    buckets.set(name, bucket)
    return { policy, bucket }
  }

  return {
    check(seat) {
      const budget = budgetOf(seat)
      const waitS = budget === null ? 0 : secondsUntil(budget.bucket, budget.policy, 1)
      if (budget === null || waitS === 0) return
      const { rate } = budget.policy
      throw new OnbehalfError('rate_limited', `The producer ${seat.producer} has sent more than its ${rate} events a second.`, {
        retryAfterS: Math.ceil(waitS), details: { rate_per_s: rate, 'violated-policies': [policyName] },
        next: 'Nothing was received. Send again after `retry-after` seconds, or raise `rate_per_s` of the registration.',
      })
    },
    charge(seat, records) {
      const budget = budgetOf(seat)
      if (budget !== null) budget.bucket.tokens -= records
    },
    delayMs(seat) {
      const budget = budgetOf(seat)
      return budget === null ? 0 : Math.ceil(secondsUntil(budget.bucket, budget.policy, 1) * 1_000)
    },
    fields(seat) {
      const budget = budgetOf(seat)
      return budget === null ? null : fieldsOf(budget.bucket, budget.policy)
    },
  }
}

/**
 * Tokens of one producer. A request is let in while there is one token, and then takes as many as it holds, so that there
 * may be less than nothing: an exporter that cannot make its batches smaller comes through, and waits afterwards. Over
 * time no more than the rate comes in, at once no more than a burst and one request.
 */
export interface Bucket {
  tokens: number
  /** When it was looked at, by whatever clock, as long as it is one. */
  atMs: number
}

export interface RatePolicy {
  /** Tokens a second. */
  rate: number
  /** What the bucket holds: a whole number, at least 1. */
  burst: number
}

interface Budget {
  policy: RatePolicy
  bucket: Bucket
}

export const policyOf = (rate: number, burstS: number): RatePolicy => ({ rate, burst: Math.min(Math.max(1, Math.floor(rate * burstS)), integerMax) })

/** As it is now. A clock that goes back gives nothing and takes nothing; a rate that was lowered holds at once. */
export function refilled({ tokens, atMs }: Bucket, { rate, burst }: RatePolicy, nowMs: number): Bucket {
  const seconds = Math.max(0, nowMs - atMs) / 1_000
  return { tokens: Math.min(burst, tokens + seconds * rate), atMs: Math.max(nowMs, atMs) }
}

/** Until there are as many tokens; 0: there are. */
export function secondsUntil({ tokens }: Bucket, { rate }: RatePolicy, wanted: number): number {
  // What a sum of fractions falls short of is nobody's to wait for.
  return tokens >= wanted - 1e-9 ? 0 : (wanted - tokens) / rate
}

/**
 * draft-ietf-httpapi-ratelimit-headers-11: `"producer";q=<burst>;w=<seconds in which it fills up>` and
 * `"producer";r=<left>;t=<seconds>`. `t` says until when `r` has to last: until the bucket is full, or, when nothing is
 * left, until there is something again, as `retry-after` does. The draft's quota units do not know events, and other
 * parameters are comments.
 */
export function fieldsOf(bucket: Bucket, policy: RatePolicy): Record<string, string> {
  const left = Math.max(0, Math.floor(bucket.tokens + 1e-9))
  const seconds = secondsUntil(bucket, policy, left === 0 ? 1 : policy.burst)
  return {
    'ratelimit-policy': `"${policyName}";q=${policy.burst};w=${integer(Math.max(1, policy.burst / policy.rate))};onbehalf-unit="events"`,
    ratelimit: `"${policyName}";r=${left};t=${integer(seconds)}`,
  }
}

const policyName = 'producer'
/** RFC 9651 §3.3.1: an Integer has at most 15 digits. */
const integerMax = 999_999_999_999_999
const integer = (value: number): number => Math.min(Math.ceil(value - 1e-9), integerMax)
