import type { Lineage, Travel } from './lineage.ts'
import { principalKinds, type Principal, type PrincipalKind } from './principal.ts'

/** W3C Baggage asks everybody to pass on 8,192 bytes and 64 members; of these, ours take little. */
const headerBytesMax = 8_192
const membersMax = 64
const ownBytesMax = 2_048
/** Of the catalogue: an id that is ours to choose, and one that somebody else chose. */
const idLengthMax = 255
const foreignIdLengthMax = 1_024

export type Members = [name: string, value: string][]

/**
 * What travels of a lineage, the most needed first, within 2,048 bytes as they are written. Each thing travels whole or not
 * at all: half an id is another id. What is no id by the rules of the catalogue, names and purposes never do.
 */
export function membersOf({ sessionId, actionId, delegationId, initiator, subject }: Lineage, { emails = false }: Travel): Members {
  const groups: Members[] = [
    ofId('onbehalf.action.id', actionId),
    ofId('onbehalf.delegation.id', delegationId),
    ofId('onbehalf.session.id', sessionId),
    ofPrincipal('onbehalf.initiator', initiator, emails),
    ofPrincipal('onbehalf.subject', subject, emails),
  ]
  let bytesLeft = ownBytesMax
  return groups.flatMap((group) => {
    const bytes = group.reduce((sum, member) => sum + written(member).length + 1, 0)
    if (bytes > bytesLeft) return []
    bytesLeft -= bytes
    return group
  })
}

/** What came in, by the same rules. */
export function lineageFrom(valueOf: (name: string) => string | undefined): Lineage {
  const id = (name: string, lengthMax = idLengthMax) => {
    const value = valueOf(name)
    return isId(value, lengthMax) ? value : undefined
  }
  const principal = (prefix: string): Principal | undefined => {
    const [iss, sub, kind] = [id(`${prefix}.iss`, foreignIdLengthMax), id(`${prefix}.sub`, foreignIdLengthMax), valueOf(`${prefix}.kind`)]
    // An issuer that cannot be read makes the id somebody else's.
    if (sub === undefined || (iss === undefined && valueOf(`${prefix}.iss`) !== undefined)) return undefined
    return { ...(iss !== undefined && { iss }), sub, ...(principalKinds.has(kind ?? '') && { kind: kind as PrincipalKind }) }
  }
  const [sessionId, actionId, delegationId] = [id('onbehalf.session.id'), id('onbehalf.action.id'), id('onbehalf.delegation.id')]
  const [initiator, subject] = [principal('onbehalf.initiator'), principal('onbehalf.subject')]
  return {
    ...(sessionId !== undefined && { sessionId }),
    ...(initiator && { initiator }),
    ...(subject && { subject }),
    ...(delegationId !== undefined && { delegationId }),
    ...(actionId !== undefined && { actionId }),
  }
}

/** The value of the header: as many members as everybody has to pass on, the first ones first. Malformed text is left out. */
export function writeBaggage(members: Members): string {
  const parts: string[] = []
  let bytesLeft = headerBytesMax
  for (const member of members) {
    if (!isToken(member[0]) || !member[1].isWellFormed()) continue
    const part = written(member)
    if (parts.length === membersMax || part.length + 1 > bytesLeft) continue
    bytesLeft -= part.length + 1
    parts.push(part)
  }
  return parts.join(',')
}

/** The members of the header, without their properties; of two with one name the last. A header beyond 8,192 bytes is not read. */
export function readBaggage(header: string): Map<string, string> {
  const members = new Map<string, string>()
  if (header.length > headerBytesMax) return members
  for (const part of header.split(',')) {
    const [member = ''] = part.split(';')
    const cut = member.indexOf('=')
    const name = member.slice(0, cut).trim()
    if (cut < 1 || !isToken(name)) continue
    try {
      members.set(name, decodeURIComponent(member.slice(cut + 1).trim()))
    } catch {
      // Not UTF-8: the specification would replace the bytes, but an id with holes is another id.
    }
  }
  return members
}

function ofId(name: string, id: string | undefined): Members {
  return isId(id, idLengthMax) ? [[name, id]] : []
}

function ofPrincipal(prefix: string, principal: Principal | undefined, emails: boolean): Members {
  if (principal === undefined || (!emails && (looksLikeEmail(principal.sub) || looksLikeEmail(principal.iss ?? '')))) return []
  const { iss, sub, kind } = principal
  if (!isId(sub, foreignIdLengthMax) || (iss !== undefined && !isId(iss, foreignIdLengthMax))) return []
  return [[`${prefix}.sub`, sub], ...(iss === undefined ? [] : [[`${prefix}.iss`, iss]] as Members), ...ofId(`${prefix}.kind`, kind)]
}

/** An at sign with something on both sides is enough: too careful costs a leg, too careless a person's address. */
function looksLikeEmail(text: string): boolean {
  return /[^\s@]@[^\s@]/.test(text)
}

/** `encodeURIComponent` leaves nothing but baggage-octets. */
function written([name, value]: [string, string]): string {
  return `${name}=${encodeURIComponent(value)}`
}

/** RFC 7230 section 3.2.6. */
function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
}

/** One line, of bounded length. */
function isId(text: unknown, lengthMax: number): text is string {
  return typeof text === 'string' && text !== '' && text.length <= lengthMax && text.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(text)
}
