import { errorCode, isErrorCode, type HttpServer, type RateLimits, type Seat } from '@onbehalf/runtime'

/**
 * The budgets of producers at the HTTP door: looked at before a body is read, and again when it has come, since others of
 * the same producer may have come in between. What is left stands in every answer to a producer that is limited.
 */
export function addRateLimits(app: HttpServer, rates: RateLimits): void {
  app.addHook('onRequest', async ({ identity }) => {
    if (identity !== null) rates.check(identity)
  })
  app.addHook('preHandler', async ({ identity }) => {
    if (identity !== null) rates.check(identity)
  })
  app.addHook('onSend', async ({ identity }, reply, payload) => {
    const fields = identity === null ? null : rates.fields(identity)
    if (fields !== null) reply.headers(fields)
    return payload
  })
}

/**
 * A request that is refused as a whole costs one more than what it holds, so that what cannot even be read is not free.
 * What could not be taken for reasons of ours, or of the budget's, costs nothing.
 */
export function chargeRefusal(rates: RateLimits, code: string, seat: Seat | null): void {
  const status = isErrorCode(code) ? errorCode(code).status : 500
  if (seat !== null && status < 500 && status !== 429) rates.charge(seat, 1)
}
