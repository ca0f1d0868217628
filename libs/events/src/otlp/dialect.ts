import type { Policy, PrincipalInput, Resource } from '../blocks.ts'
import type { Told } from '../mapped/told.ts'
import type { About } from './map-record.ts'
import type { AttributeValue, OtlpRecord } from './record.ts'

/**
 * How one framework, SDK or convention writes down what an agent does. A dialect says what stands in a record and nothing
 * else: ids, keys, principals and digests are made in one place (`map-record.ts`), from `meanings.ts` and from this.
 */
export interface Dialect {
  /** `openinference`, `vercel-ai-sdk` … */
  name: string
  /** By its instrumentation scope, or by an attribute that only it uses. */
  speaks(record: OtlpRecord): boolean
  /** What the record tells of actions: most often one or none; several for messages that hold tool calls. */
  actions(record: OtlpRecord): ActionSaid[]
  /** The record is the run of an agent, a workflow, or something else that stands around actions. */
  run?(record: OtlpRecord): RunSaid | null
  /** What kind of work a span says it is, where no `gen_ai.operation.name` says so: for the tree. */
  operation?(record: OtlpRecord): string | null
  /** Who started it, where this framework means something else by `user.id` than everybody does. Null: nobody is said; undefined: as everybody. */
  initiator?(record: OtlpRecord): PrincipalInput | null | undefined
  /** Its session, where this framework uses `gen_ai.conversation.id` for something smaller. Undefined: as everybody. */
  session?(record: OtlpRecord): string | undefined
  /** What it tells that is neither of an action nor of a run: a delegation, the beginning of a session. */
  also?(record: OtlpRecord, about: About): Told[]
}

/** What one record says of one action. Everything but `operation` is left out where the wire does not say it. */
export interface ActionSaid {
  /** The tool's name, as it is called. */
  operation: string
  tool?: { version?: string; server?: string }
  /** As given; unique within its session, else its trace. `<not specified>` and the like are none. */
  callId?: string
  /** Of the request that it travelled in (JSON-RPC id, `x-request-id`). */
  requestId?: string
  upstreamRequestIds?: string[]
  /** Only digested, never kept: any JSON value, or its text. */
  arguments?: AttributeValue
  /** `sha-256:<hex>`, where the wire gives the digest itself. */
  argumentsDigest?: string
  /** What was left out before the digest was made. */
  argumentsProjection?: string
  resource?: Resource
  purpose?: string
  /** The action within which it was asked for, by its `action_id`. */
  parentActionId?: string
  /** Where another agent than that of the record acts. */
  agent?: PrincipalInput
  /** The span of this record is this call, and no other span is. */
  isSpan?: boolean
  /** The parent of this span is the call: the framework writes a stage of a call (waiting for a yes, running) as a child of it. */
  isStage?: boolean
  /** Which of several in one record. */
  part?: string
  /** It is said that it was asked for; RFC 3339. Left out: the beginning of the record. Null: it is not said by this record. */
  asked?: string | null
  /** It is said that it ran (not only that a span was there): since when. */
  started?: string
  /** Who carries it out, where that is said. */
  executor?: PrincipalInput
  /** How it ended. `inferred`: a span that ended without an error does not prove that the tool ran. */
  ended?: {
    time: string
    status: 'succeeded' | 'failed' | 'blocked' | 'cancelled' | 'timed_out' | 'partial'
    error?: { type: string; message?: string }
    /** Only digested. */
    result?: AttributeValue
    /** `sha-256:<hex>`, where the wire gives the digest itself. */
    resultDigest?: string
    inferred?: true
  }
  decision?: DecisionSaid
  /** It waits for somebody's yes, or has been asked to. */
  approvalAsked?: { time: string; id?: string; approvers?: PrincipalInput[] }
  approval?: {
    time: string
    resolution: 'approved' | 'denied' | 'expired' | 'cancelled'
    /** `confirmation`: the user confirms her own agent. */
    kind?: 'approval' | 'confirmation'
    scope?: 'once' | 'session' | 'until'
    approver?: PrincipalInput
    id?: string
    reason?: string
  }
}

/** Somebody's word on whether it may be done. */
export interface DecisionSaid {
  time: string
  effect: 'permit' | 'deny' | 'indeterminate' | 'not_applicable'
  id?: string
  phase?: 'sign_in' | 'runtime' | 'post_hoc'
  policies?: Policy[]
  /** Who decided: the name of the policy point, guardrail or setting. */
  pdp?: string
  pep?: string
  reason?: string
  enforcement?: 'enforced' | 'failed_open' | 'failed_closed' | 'not_enforced'
}

/** What stands around actions. */
export interface RunSaid {
  agent?: PrincipalInput
  /** Structure only: it is shown as inferred. */
  handedOverBy?: PrincipalInput
}
