import { z } from 'zod'
import { argumentsDigest, data, policy, principal, resource } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, foreignId, id, list, name, text, time } from '../text.ts'

export const decisionRecorded = defineEvent({
  type: 'decision.recorded',
  title: 'Decision recorded',
  doc: 'A policy point has decided; a denial is an event of equal rank',
  leg: 'decision',
  schema: data({
    decision_id: id(),
    effect: z.enum(['permit', 'deny', 'indeterminate', 'not_applicable']),
    phase: z.enum(['sign_in', 'runtime', 'post_hoc']),
    policies: list(policy),
    pdp: foreignId().describe('The policy decision point').optional(),
    pep: foreignId().describe('The policy enforcement point').optional(),
    reasons: list(z.object({ code: name(), text: text().optional() })).optional(),
    obligations: list(z.object({ id: foreignId(), text: text().optional() })).optional(),
    requires_approval: z
      .object({
        approvers: list(principal).optional(),
        min: count().optional(),
        separation: z.boolean().describe('Nobody may approve what they asked for').optional(),
      })
      .optional(),
    evaluated: z
      .object({
        actor: principal.optional(),
        subject: principal.optional(),
        operation: name().optional(),
        resource: resource.optional(),
        ...argumentsDigest,
      })
      .describe('What the policy point was asked about')
      .optional(),
    evaluated_at: time().optional(),
    enforcement: z.enum(['enforced', 'failed_open', 'failed_closed', 'not_enforced']).optional(),
    ttl_ms: count().optional(),
    cached: z.boolean().optional(),
  }),
  example: {
    decision_id: 'dec-12',
    action_id: 'act-9',
    request_id: 'req-77',
    effect: 'permit',
    phase: 'runtime',
    policies: [{ id: 'refunds', version: '14', digest: 'sha-256:5f1c' }],
    pdp: 'opa-eu-1',
    pep: 'payments-gateway',
    reasons: [{ code: 'amount_below_limit', text: 'The amount is below 100 EUR' }],
    obligations: [{ id: 'notify-owner', text: 'Tell the owner of the order' }],
    requires_approval: {
      approvers: [{ iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' }],
      min: 1,
      separation: true,
    },
    evaluated: {
      actor: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' },
      subject: { iss: 'https://login.example', sub: 'anna', kind: 'user', name: 'Anna' },
      operation: 'payments.refund',
      resource: { type: 'order', id: '881', system: 'payments', environment: 'production' },
      arguments_digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      arguments_projection: 'without card number',
    },
    evaluated_at: '2026-03-01T09:30:00.120Z',
    enforcement: 'enforced',
    ttl_ms: 60000,
    cached: false,
  },
})
