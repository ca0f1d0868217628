import { z } from 'zod'
import { count, digestText, foreignId, id, list, name, spanId, traceId } from './text.ts'

export const principalKinds = ['user', 'agent', 'service', 'workload', 'organization', 'schedule', 'unknown'] as const

/** The blocks that events are made of. Objects are open everywhere: what we do not know is kept and ignored. */
export const principal = z
  .object({
    iss: foreignId().describe('Who issued `sub`. Left out for a bare id, which then counts as unqualified').optional(),
    sub: foreignId().describe('The identity, unique within `iss`'),
    kind: z.enum(principalKinds),
    name: name().describe('For display only').optional(),
    instance: foreignId().describe('One run or process of it').optional(),
  })
  .meta({ id: 'Principal', description: 'Somebody who can be accountable; its identity is (`iss`, `sub`)' })

export const parent = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('root') }),
    z.object({ kind: z.literal('delegation'), delegation_id: id() }),
    z.object({ kind: z.literal('external'), domain: name(), iss: foreignId().optional(), jti: foreignId().optional() }),
    z.object({ kind: z.literal('unknown') }),
  ])
  .meta({ id: 'Parent', description: 'Where authority comes from. `root` is asserted, never assumed' })

export const scope = z
  .object({
    actions: list(name()).describe('Operations; a trailing `*` matches a prefix').optional(),
    resources: list(name()).describe('`type/id`; a trailing `*` matches a prefix').optional(),
    audience: list(name()).optional(),
    oauth_scopes: list(name()).optional(),
    constraints: z
      .object({
        max_uses: count().optional(),
        environment: list(name()).optional(),
        data_class: list(name()).optional(),
      })
      .optional(),
  })
  .meta({ id: 'Scope', description: 'An axis left out is inherited from the parent, and unbounded only at a root' })

export const resource = z
  .object({ type: name(), id: foreignId(), system: name().optional(), environment: name().optional() })
  .meta({ id: 'Resource' })

export const policy = z
  .object({ id: foreignId(), version: name().optional(), digest: name().optional() })
  .meta({ id: 'Policy' })

export const token = z
  .object({ iss: foreignId(), jti: foreignId() })
  .meta({ id: 'Token', description: 'Names a token; never the token itself' })

export const origin = z
  .object({ ip: name().optional(), channel: name().optional(), host: name().optional() })
  .meta({ id: 'Origin' })

/** A range of entries of one log, both ends included. */
export const range = z.object({ log: name(), from: count(), to: count() }).meta({ id: 'Range' })

/** One entry of one log. */
export const position = z.object({ log: name(), index: count() }).meta({ id: 'Position' })

/** Fields that any event may carry: they say what it belongs to. */
export const links = {
  action_id: id().optional(),
  decision_id: id().optional(),
  approval_id: id().optional(),
  session_id: id().optional(),
  trace_id: traceId().describe('From `traceparent` if left out, and then it only locates').optional(),
  span_id: spanId().describe('From `traceparent` if left out, and then it only locates').optional(),
  tool_call_id: foreignId().describe('Unique within its session or trace only').optional(),
  task_id: foreignId().optional(),
  txn: foreignId().optional(),
  request_id: foreignId().optional(),
  upstream_request_ids: list(foreignId()).optional(),
  credential_id: foreignId().describe('A digest of the credential that was used, never the secret').optional(),
  origin: origin.optional(),
}

/** A digest of arguments never stands alone: which of them were left out or masked must be comparable. */
export const argumentsDigest = {
  arguments_digest: digestText().describe('Of the RFC 8785 form of the arguments').optional(),
  arguments_projection: name().describe('Names what was left out of the digest, or masked').optional(),
}

/** The data of one event type: its own fields, and the link fields that it does not say itself. */
export function data<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.object({ ...shape, ...links, ...shape } as Omit<typeof links, keyof Shape> & Shape)
}

export type PrincipalInput = z.infer<typeof principal>
export type PrincipalKind = PrincipalInput['kind']
/** A principal whose issuer is known; `principalOf` makes one. */
export type Principal = PrincipalInput & { iss: string }
export type Parent = z.infer<typeof parent>
export type Scope = z.infer<typeof scope>
export type Resource = z.infer<typeof resource>
export type Policy = z.infer<typeof policy>
export type Token = z.infer<typeof token>
export type Origin = z.infer<typeof origin>
export type Position = z.infer<typeof position>
export type Range = z.infer<typeof range>
export type Links = z.infer<z.ZodObject<typeof links>>

/** A kind as somebody else wrote it; undefined for what is none. */
export function principalKindOf(text: string | undefined): PrincipalKind | undefined {
  return principalKinds.find((kind) => kind === text)
}
