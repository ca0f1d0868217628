/** Somebody who can be accountable. Identity is (`iss`, `sub`); `name` is for display and does not travel to other programs. */
export interface Principal {
  /** Who issued `sub`: a URL or URN. Left out, the id counts as unqualified: known within the producer only. */
  iss?: string | undefined
  sub: string
  kind?: PrincipalKind | undefined
  name?: string | undefined
}

export type PrincipalKind = 'user' | 'agent' | 'service' | 'workload' | 'organization' | 'schedule' | 'unknown'

export const principalKinds: ReadonlySet<string> = new Set<PrincipalKind>(['user', 'agent', 'service', 'workload', 'organization', 'schedule', 'unknown'])
