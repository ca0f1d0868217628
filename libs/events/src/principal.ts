import type { Principal, PrincipalInput } from './blocks.ts'

/**
 * The identity behind a principal as it was said. A bare id gets the issuer `urn:onbehalf:unqualified:<producer>`;
 * a bare SPIFFE id names its issuer itself (SPIFFE-ID section 2: `spiffe://<trust domain>/<path>`).
 */
export function principalOf(principal: PrincipalInput, producer: string): Principal {
  if (principal.iss !== undefined) return principal as Principal
  const spiffe = /^(spiffe:\/\/[a-z0-9._-]+)(\/.+)$/.exec(principal.sub)
  if (spiffe) return { ...principal, iss: spiffe[1]!, sub: spiffe[2]! }
  return { ...principal, iss: unqualified + producer }
}

/** Whether the issuer was filled in: such an identity is never the same as a qualified one, only undetermined. */
export function isUnqualified(principal: Pick<Principal, 'iss'>): boolean {
  return principal.iss.startsWith(unqualified)
}

const unqualified = 'urn:onbehalf:unqualified:'
