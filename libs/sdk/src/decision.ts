/** Somebody's word on whether it may be done, in the words of the catalogue's `decision.recorded`. */
export interface Decision {
  effect: 'permit' | 'deny' | 'indeterminate' | 'not_applicable'
  /** The policy point's own id: it joins with the policy point's log. */
  id?: string | undefined
  /** `runtime` if left out. */
  phase?: 'sign_in' | 'runtime' | 'post_hoc' | undefined
  policy?: { id: string; version?: string | undefined } | undefined
  /** The policy decision point: `opa-eu-1`, a guardrail's name. */
  pdp?: string | undefined
  /** The policy enforcement point. */
  pep?: string | undefined
  /** A short code; not the place for values. */
  reason?: string | undefined
  enforcement?: 'enforced' | 'failed_open' | 'failed_closed' | 'not_enforced' | undefined
}

/** The action was not permitted. Thrown by the gate of `decide`; throw it yourself and the action counts as blocked. */
export class Denied extends Error {
  override readonly name = 'Denied'
  readonly decision: Decision

  constructor(decision: Decision) {
    super(`not permitted: ${decision.effect}${decision.reason === undefined ? '' : ` (${decision.reason})`}`)
    this.decision = decision
  }
}
