import { principalOf, type Principal, type PrincipalInput, type Scope } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import { meet } from '../oracle.ts'
import type { Base } from './base.ts'
import type { Journal } from './journal.ts'
import { counted } from './ownership.ts'
import { ms } from './time.ts'

export interface Chain { named: Fact | undefined; hops: Hop[]; top: string; grants: Fact[] }
export interface Hop { d: any; grant: Fact; grantor: Principal; delegate: Principal; subject: Principal; effective: Scope | null; revoked: Fact | null; fromMs: number; untilMs: number }

export function chainOf(id: string | undefined, named: Fact | undefined, base: Base, journal: Journal): Chain {
  const hops: Hop[] = []
  const grants: Fact[] = []
  const seen: string[] = []
  let at = id
  let top = id === undefined ? 'none' : 'too_deep'
  while (at !== undefined && hops.length < 64) {
    if (seen.includes(at)) { top = 'cycle'; break }
    seen.push(at)
    const own = counted(journal.facts.filter((fact) => fact.type === 'delegation.granted' && (fact.data as any).delegation_id === at), 'delegation', base.about, base.config, journal)
    const grant = own[0]
    if (!grant) { top = 'unseen'; break }
    grants.push(...own)
    const d = grant.data as any
    const who = (p: PrincipalInput) => principalOf(p, grant.producer)
    hops.unshift({ d, grant, grantor: who(d.grantor), delegate: who(d.delegate), subject: who(d.subject), effective: null, revoked: null,
      fromMs: d.not_before ? ms(d.not_before) : -Infinity, untilMs: d.expires_at ? ms(d.expires_at) : Infinity })
    if (d.parent.kind !== 'delegation') { top = d.parent.kind; break }
    at = d.parent.delegation_id
  }
  let scope: Scope | null = null
  let from: Fact | null = null
  for (const hop of hops) {
    scope = meet(scope, hop.d.scope ?? null)
    hop.effective = scope
    const revocations = counted(journal.facts.filter((fact) => fact.type === 'delegation.revoked' && (fact.data as any).delegation_id === hop.d.delegation_id), 'delegation', base.about, base.config, journal)
    hop.revoked = earliest(revocations[0] ?? null, from)
    from = earliest(revocations.find((fact) => (fact.data as any).cascade !== false) ?? null, from)
  }
  return { named, hops, top, grants }
}

const earliest = (a: Fact | null, b: Fact | null) => (!a || !b ? (a ?? b) : a.timeMs <= b.timeMs ? a : b)
