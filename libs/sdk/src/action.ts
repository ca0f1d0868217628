import { context, type Attributes, type Context } from '@opentelemetry/api'
import { known, ofArguments, ofDecision, ofResource, type Resource } from './attributes.ts'
import { carry } from './carrier.ts'
import { Denied, type Decision } from './decision.ts'
import { digestOf } from './digest.ts'
import { enter, lineageIn, type Travel } from './lineage.ts'
import { quietly } from './quietly.ts'
import { nameOfError, openSpan } from './span.ts'

export interface ActionOptions {
  resource?: Resource | undefined
  /** Only digested, never written down. Members that are called like secrets are left out of the digest. */
  arguments?: unknown
  /** Further members of the arguments, at any depth, to leave out of the digest: `['card']`. Said beside the digest. */
  omit?: readonly string[] | undefined
  /** The tool's name where it is not the operation. */
  tool?: string | undefined
  /** The model's id of this tool call: it joins with the spans of its framework. */
  callId?: string | undefined
  purpose?: string | undefined
  /** Yours, unique in your tenant; a random one if left out. */
  id?: string | undefined
  /** False: not even a digest of the result is taken. */
  result?: false | undefined
  /**
   * Asks the policy point before anything is done. Anything but a permit blocks: the function does not run and `Denied`
   * is thrown. If the policy point itself fails, its error is thrown and nothing is done.
   */
  decide?: ((action: Action) => Decision | Promise<Decision>) | undefined
}

/** An action while it goes on. */
export interface Action {
  readonly id: string
  /** Says what a policy point decided, at this moment. It does not stop anything: `decide` and `Denied` do. */
  decided(decision: Decision): void
  /** Says that from now on it is carried out. Only needed after a denial that is not heeded, or to be exact about the moment. */
  started(): void
  /** Says how it ended where that is not how the function ends: a tool that answers an error, a partial success. */
  ended(status: OutcomeStatus): void
  /** Headers for a request made for this action, also where the context has been lost (browsers after an `await`). */
  headers(init?: Readonly<Record<string, string>>): Record<string, string>
  /** The same for the `_meta` of an MCP request. */
  meta<Meta extends object>(init?: Meta): Meta & Record<string, unknown>
  /** Runs something within this action, where the context has been lost. */
  run<T>(work: () => T): T
}

export type OutcomeStatus = 'succeeded' | 'failed' | 'blocked' | 'cancelled' | 'timed_out' | 'partial'

export type ActionWork<T> = (action: Action) => T | Promise<T>

/** What differs between the party that asks for an action and the one that carries it out. */
export interface Performance {
  spanName: string
  id: string
  operation: string
  attributes: () => Attributes
  travel: Travel
}

/**
 * Runs a function as an action. It runs exactly once (never, if it is not permitted), what it returns is returned and what
 * it throws is thrown, whatever becomes of the telemetry.
 */
export async function perform<T>(performance: Performance, options: ActionOptions, work: ActionWork<T>): Promise<T> {
  const { id, operation, travel } = performance
  const from = context.active()
  const span = openSpan(performance.spanName, from, { 'gen_ai.operation.name': 'execute_tool', 'onbehalf.action.id': id, 'onbehalf.operation': operation }, () => ({ ...performance.attributes(), ...ofAction(options, operation) }))
  const inside: Context = quietly(() => enter(span.inside, { ...lineageIn(from), actionId: id }, travel)) ?? span.inside

  let effect: Decision['effect'] | undefined
  let said: OutcomeStatus | undefined
  let isStarted = false
  /** It cannot have begun before. */
  let notBefore = span.now()
  const action: Action = {
    id,
    decided: (decision) => {
      notBefore = span.now()
      quietly(() => {
        ({ effect } = decision)
        span.event('onbehalf.decision', ofDecision(decision), notBefore)
      })
    },
    started: () => {
      if (!isStarted) span.event('onbehalf.started')
      isStarted = true
    },
    ended: (status) => {
      said = status
    },
    headers: (init = {}) => carry(inside, init),
    meta: <Meta extends object>(init?: Meta) => carry(inside, (init ?? {}) as Meta & Record<string, unknown>),
    run: (work) => context.with(inside, work),
  }

  try {
    if (options.decide) {
      const decision = await answerOf(options.decide)
      if (decision.effect !== 'permit') throw new Denied(decision)
      action.started()
    }
    const result = await context.with(inside, () => work(action))
    settle('succeeded')
    if (span.isRecording && options.result !== false && result !== undefined)
      quietly(() => span.set(ofResult(result)))
    return result
  } catch (error) {
    settle(statusOf(error))
    span.failed(error)
    throw error
  } finally {
    span.end()
  }

  /** The policy point's answer; where it gives none nothing is done. */
  async function answerOf(decide: NonNullable<ActionOptions['decide']>): Promise<Decision> {
    try {
      const decision = await context.with(inside, () => decide(action))
      action.decided({ ...decision, enforcement: decision.enforcement ?? 'enforced' })
      return decision
    } catch (error) {
      action.decided({ effect: 'indeterminate', reason: nameOfError(error), enforcement: 'failed_closed' })
      action.ended('blocked')
      throw error
    }
  }

  /**
   * The function's end is the action's, unless the program said otherwise. After a denial a function that just returns
   * proves neither that it was heeded nor that it was not: then nothing is said.
   */
  function settle(byItsEnd: OutcomeStatus): void {
    const isUndetermined = effect === 'deny' && !isStarted && byItsEnd !== 'blocked'
    const status = said ?? (isUndetermined ? undefined : byItsEnd)
    if (status === undefined) return
    if (!isStarted && status !== 'blocked') span.event('onbehalf.started', {}, notBefore)
    span.set({ 'onbehalf.outcome.status': status })
  }
}

/** A denial blocks the action that it is about; one around it, which lets the error pass, was not denied but failed. */
function statusOf(error: unknown): OutcomeStatus {
  const status = statusOfError[nameOfError(error) ?? ''] ?? 'failed'
  if (status !== 'blocked') return status
  if (heeded.has(error as object)) return 'failed'
  heeded.add(error as object)
  return status
}

const heeded = new WeakSet<object>()

/** By the `name` of the error, as we, `AbortSignal` and `fetch` make them. */
const statusOfError: Readonly<Record<string, OutcomeStatus>> = { Denied: 'blocked', AbortError: 'cancelled', TimeoutError: 'timed_out' }

function ofAction({ tool, callId, purpose, resource, arguments: values, omit }: ActionOptions, operation: string): Attributes {
  return {
    ...known({ 'onbehalf.purpose': purpose, 'gen_ai.tool.name': tool ?? operation, 'gen_ai.tool.call.id': callId }),
    ...ofResource(resource),
    ...ofArguments(values, omit),
  }
}

/** The catalogue knows no projection of a result: one that holds members called like secrets has no digest. */
function ofResult(result: unknown): Attributes {
  const digest = digestOf(result)
  return digest === undefined || digest.projection !== undefined ? {} : { 'onbehalf.outcome.digest': digest.digest }
}
