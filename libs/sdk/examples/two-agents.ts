import { agent, headers, received } from '@onbehalf/sdk'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startTracing } from './tracing.ts'

/** Two agents: one answers Anna and lets the other refund her order, over HTTP. `node examples/two-agents.ts` */
const anna = { iss: 'https://login.example', sub: 'anna', kind: 'user' } as const
const support = agent({ iss: 'https://agents.example', sub: 'support-agent' })
const refunds = agent({ iss: 'https://agents.example', sub: 'refund-bot' })

/** The second agent, which might run elsewhere: what it does belongs to the first one's session, under its grant. */
export function refundAgent(): Server {
  return createServer((request, response) => {
    void received(request.headers, () =>
      refunds.session({}, async () => {
        const refund = { order: '881', amount: 4_900 }
        const done = await refunds.action('stripe.refund', { resource: { type: 'order', id: '881', system: 'payments' }, arguments: refund }, () => stripeRefund(refund))
        response.end(JSON.stringify(done))
      }))
  })
}

/** The first agent. */
export async function helpAnna(refundAgentUrl: string): Promise<unknown> {
  return support.session({ initiator: anna, subject: anna, purpose: 'Refund order 881' }, async () => {
    // Anna lets the support agent act for her: the root of the chain. She has said so when she signed in.
    const hers = support.delegate({ from: anna, to: support.principal, parent: { kind: 'root' }, scope: { actions: ['stripe.*', 'agents.ask'] } })
    return hers.run(async () => {
      const grant = support.delegate({ to: refunds.principal, scope: { actions: ['stripe.refund'] }, expiresAt: new Date(Date.now() + 60_000) })
      return support.action('agents.ask', { resource: { type: 'agent', id: 'refund-bot' } }, async () => {
        const answer = await grant.run(() => fetch(refundAgentUrl, { method: 'POST', headers: headers() }))
        return answer.json()
      })
    })
  })
}

async function stripeRefund({ amount }: { amount: number }): Promise<{ id: string; amount: number }> {
  return { id: 're_1', amount }
}

if (import.meta.main) {
  startTracing()
  const server = refundAgent().listen(0, async () => {
    console.log(await helpAnna(`http://localhost:${(server.address() as AddressInfo).port}`))
    server.close()
  })
}
