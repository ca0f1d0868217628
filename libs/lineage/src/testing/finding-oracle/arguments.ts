import type { Fact } from '../../index.ts'
import type { Base } from './base.ts'
import type { Journal } from './journal.ts'
import { counted } from './ownership.ts'

/** Of what ran; where nobody says, of what was asked for. */
export function argumentsOf(act: Base, journal: Journal): any[] {
  const said = (facts: Fact[]) => facts.filter((fact) => (fact.data as any).arguments_digest).map((fact) => fact.data as any)
  const executed = said([...act.starts, ...act.ends])
  if (executed.length > 0) return executed
  const asking = act.requests.filter((fact) => (fact.data as any).arguments_digest)
  const one = counted(asking, 'execution', act.about, act.config, journal)[0] ?? asking[0]
  return one ? [one.data] : []
}

export function otherArguments(ran: any, said: any): boolean {
  return Boolean(ran && said?.arguments_digest && ran.arguments_projection === said.arguments_projection && ran.arguments_digest !== said.arguments_digest)
}
