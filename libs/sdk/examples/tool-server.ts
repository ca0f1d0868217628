import { agent, Denied, headers, received, service } from '@onbehalf/sdk'
import fastify, { type FastifyInstance } from 'fastify'
import { startTracing } from './tracing.ts'

/** A tool server with Fastify, and an agent that calls it. Both tell of one action. `node examples/tool-server.ts` */
const payments = service({ iss: 'https://services.example', sub: 'payments' })

export function toolServer(): FastifyInstance {
  const app = fastify()
  app.post<{ Body: { order: string; amount: number; card: string } }>('/refunds', (request, reply) =>
    received(request.headers, () =>
      payments
        .execute(
          'payments.refund',
          {
            resource: { type: 'order', id: request.body.order, system: 'payments' },
            arguments: request.body,
            omit: ['card'],
            decide: () => (request.body.amount < 10_000
              ? { effect: 'permit', policy: { id: 'refunds', version: '14' }, pdp: 'payments' }
              : { effect: 'deny', policy: { id: 'refunds', version: '14' }, pdp: 'payments', reason: 'amount_above_limit' }),
          },
          () => ({ refunded: request.body.amount }),
        )
        .catch((error: unknown) => {
          if (error instanceof Denied) return reply.code(403).send({ error: error.decision.reason })
          throw error
        })))
  return app
}

export async function refund(url: string, amount: number): Promise<unknown> {
  const bot = agent({ iss: 'https://agents.example', sub: 'refund-bot' })
  return bot.session({ id: 'ticket-4711', initiator: { iss: 'https://login.example', sub: 'anna', kind: 'user' } }, () => {
    const args = { order: '881', amount, card: '4242 4242 4242 4242' }
    return bot.action('payments.refund', { arguments: args, omit: ['card'], callId: 'call_1' }, async (action) => {
      const response = await fetch(`${url}/refunds`, { method: 'POST', body: JSON.stringify(args), headers: headers({ 'content-type': 'application/json' }) })
      // The tool server has said why; here it is only known that it did not happen.
      if (response.status === 403) action.ended('blocked')
      return response.json()
    })
  })
}

if (import.meta.main) {
  startTracing()
  const app = toolServer()
  const url = await app.listen({ port: 0 })
  console.log(await refund(url, 4_900), await refund(url, 49_000))
  await app.close()
}
