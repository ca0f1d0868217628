import type { PrincipalInput } from '../blocks.ts'
import type { Told } from '../mapped/told.ts'
import { timeOf } from '../time.ts'
import { refuse, rules, type Mapper } from './mapper.ts'
import { at, credentialIdOf, defined, idAt, ipOf, isFields, itemsAt, lineOf, nameAt, nameOf, textOf, timeAt, type Fields } from './pick.ts'

const page = 'cloudtrail'

/**
 * AWS CloudTrail: a record of a log file, or an EventBridge event that has one as its `detail` (CloudTrail User Guide,
 * "CloudTrail record contents" and "userIdentity element"). Whoever calls AWS sees the request id in the response
 * (`x-amzn-RequestId`), and knows the id of the access key: both join.
 */
export const mapCloudtrail: Mapper = (received, { sha256 }) => {
  const isEnvelope = typeof received['detail-type'] === 'string' && isFields(received['detail'])
  const record = isEnvelope ? (received['detail'] as Fields) : received
  const eventId = idAt(record, 'eventID')
  if (eventId === undefined) return refuse(page, ['eventID'], rules.id, record['eventID'])
  const time = timeAt(record, 'eventTime')
  if (time === undefined) return refuse(page, ['eventTime'], rules.time, record['eventTime'])
  const account = nameAt(record, 'recipientAccountId') ?? nameAt(record, 'userIdentity', 'accountId')
  const mapped = { ok: true as const, source: `urn:aws:cloudtrail:${account ?? 'unknown'}`, id: eventId }
  // Insights and the like are made from records, and tell of no call.
  if (!calls.has(record['eventType'])) return { ...mapped, told: [] }

  const keyId = nameAt(record, 'userIdentity', 'accessKeyId')
  const credentialId = keyId === undefined ? undefined : credentialIdOf(keyId, sha256)
  const requestId = nameAt(record, 'requestID')
  const links = {
    upstream_request_ids: [...new Set([...(requestId === undefined ? [] : [requestId]), eventId])],
    ...defined({ credential_id: credentialId, origin: originOf(record) }),
  }
  const told: Told[] = []
  const effect = effectOf(record)
  if (effect !== null)
    told.push({
      type: 'outcome.observed', time,
      data: {
        ...links, outcome_id: eventId, observed_effect: effect, observer: { iss: 'urn:aws', sub: nameAt(record, 'eventSource') ?? 'cloudtrail.amazonaws.com', kind: 'service' },
        actors: actorsOf(record),
        ...(typeof record['readOnly'] === 'boolean' && { side_effect: record['readOnly'] ? ('read' as const) : ('write' as const) }),
        ...defined({ resource: resourceOf(record, account), text: sentenceOf(record) }),
      },
    })
  if (effect === 'occurred') told.push(...credentialsOf(record, time, credentialId, sha256))
  return { ...mapped, told }
}

/** `eventType`s that are of calls; `AwsServiceEvent` is something that a service did by itself. */
const calls = new Set<unknown>(['AwsApiCall', 'AwsServiceEvent', 'AwsConsoleAction', 'AwsConsoleSignIn', 'AwsVpceEvent'])

/**
 * An error code says that the call was refused or not understood; where AWS itself failed, nobody can tell what came of it.
 * A console sign-in that failed has a message and no code.
 */
function effectOf(record: Fields): 'occurred' | 'did_not_occur' | null {
  const code = at(record, 'errorCode')
  if (typeof code === 'string' && code !== '') return /^(?:Server\.|Internal|ServiceUnavailable|ServiceFailure|RequestTimeout|Unavailable)/.test(code) ? null : 'did_not_occur'
  return typeof at(record, 'errorMessage') === 'string' ? 'did_not_occur' : 'occurred'
}

/**
 * Who did it: index 0 = where it began as far as the record says, last = who called. Of chained roles a record shows only the
 * last one; the source identity is carried through all of them; a person is named only where IAM Identity Center has propagated
 * her (`onBehalfOf`).
 */
function actorsOf(record: Fields): PrincipalInput[] {
  const identity = at(record, 'userIdentity')
  const [person, store] = [nameAt(identity, 'onBehalfOf', 'userId'), nameAt(identity, 'onBehalfOf', 'identityStoreArn')]
  const source = nameAt(identity, 'sessionContext', 'sourceIdentity')
  const caller = callerOf(identity)
  return [
    ...(person === undefined ? [] : [{ ...defined({ iss: store }), sub: person, kind: 'user' as const }]),
    // Whoever set it chose the word: nobody says whose name it is.
    ...(source === undefined ? [] : [{ sub: source, kind: 'unknown' as const }]),
    ...(caller === undefined ? [] : [caller]),
  ]
}

const kinds = new Map<unknown, PrincipalInput['kind']>([
  ['IdentityCenterUser', 'user'], ['SAMLUser', 'user'], ['AWSService', 'service'], ['AWSAccount', 'organization'], ['Directory', 'service'],
])

/** A role is the identity, its session one run of it; a user of IAM may be a person or a program. */
function callerOf(identity: unknown): PrincipalInput | undefined {
  const type = at(identity, 'type')
  const kind = kinds.get(type) ?? 'unknown'
  const session = roleSessionOf(nameAt(identity, 'arn'), nameAt(identity, 'sessionContext', 'sessionIssuer', 'arn'))
  if (session) return session
  const sub = nameAt(identity, 'arn') ?? nameAt(identity, 'invokedBy') ?? nameAt(identity, 'principalId')
    // An account is somebody only where AWS says no more of a caller from outside.
    ?? (type === 'AWSAccount' ? nameAt(identity, 'accountId') : undefined)
  const name = nameAt(identity, 'userName')
  return sub === undefined ? undefined : { iss: 'urn:aws', sub, kind, ...defined({ name }) }
}

/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`; the issuer knows the path of the role as well. */
function roleSessionOf(arn: string | undefined, issuer: string | undefined): PrincipalInput | undefined {
  const parts = /^arn:([^:]+):sts::(\d*):assumed-role\/([^/]+)\/(.+)$/.exec(arn ?? '')
  return parts ? { iss: 'urn:aws', sub: issuer ?? `arn:${parts[1]}:iam::${parts[2]}:role/${parts[3]}`, kind: 'unknown', name: parts[3]!, instance: parts[4]! } : undefined
}

/** AWS names itself where the call did not come from an address. */
function originOf(record: Fields): { ip: string } | { host: string } | undefined {
  const address = at(record, 'sourceIPAddress')
  const ip = ipOf(address)
  if (ip !== undefined) return { ip }
  const host = nameAt(record, 'sourceIPAddress')
  return host !== undefined && /^[a-z0-9.-]+\.[a-z]+$/.test(host) ? { host } : undefined
}

/** The first that has an ARN; an object comes before its bucket, wherever it stands. */
function resourceOf(record: Fields, account: string | undefined): { type: string; id: string; system: string } | undefined {
  const named = itemsAt(record, 'resources').slice(0, 100).flatMap((resource) => {
    const [id, type] = [nameAt(resource, 'ARN') ?? nameAt(resource, 'arn'), nameAt(resource, 'type')]
    return id === undefined ? [] : [{ type: type ?? 'aws', id, system: lineOf(`aws/${nameAt(resource, 'accountId') ?? account ?? ''}`)! }]
  })
  return named.find(({ type }) => type.endsWith('::Object')) ?? named[0]
}

function sentenceOf(record: Fields): string | undefined {
  const service = nameAt(record, 'eventSource')?.replace(/\.amazonaws\.com(?:\.cn)?$/, '')
  const name = nameAt(record, 'eventName')
  if (service === undefined || name === undefined) return undefined
  const [region, code, message] = [nameAt(record, 'awsRegion'), nameAt(record, 'errorCode'), lineOf(at(record, 'errorMessage'))]
  return textOf([`${service}:${name}`, region && ` in ${region}`, code && `: ${code}`, message && ` (${message})`].filter(Boolean).join(''))
}

/** STS calls that answer with credentials, by `eventName`, and where they name who holds them. */
const sessions: Record<string, readonly string[] | null> = {
  AssumeRole: ['assumedRoleUser', 'arn'],
  AssumeRoleWithSAML: ['assumedRoleUser', 'arn'],
  AssumeRoleWithWebIdentity: ['assumedRoleUser', 'arn'],
  AssumeRoot: null,
  GetFederationToken: ['federatedUser', 'arn'],
  GetSessionToken: null,
}

/** What hops from role to role join by: a new key, whose it is, and with which key it was asked for. */
function credentialsOf(record: Fields, time: string, parent: string | undefined, sha256: (text: string) => string): Told[] {
  const [event, service, answer] = [nameAt(record, 'eventName'), nameAt(record, 'eventSource'), at(record, 'responseElements')]
  if (event === undefined) return []
  const above = defined({ parent_credential_id: parent })
  if (service === 'sts.amazonaws.com' && Object.hasOwn(sessions, event)) {
    const id = nameAt(answer, 'credentials', 'accessKeyId')
    const arn = sessions[event] ? nameAt(answer, ...sessions[event]) : undefined
    const holder = roleSessionOf(arn, nameAt(record, 'requestParameters', 'roleArn')) ?? (arn === undefined ? callerOf(at(record, 'userIdentity')) : { iss: 'urn:aws', sub: arn, kind: 'unknown' as const })
    if (id === undefined || !holder) return []
    const expires = expiryOf(at(answer, 'credentials', 'expiration'))
    return [{ type: 'credential.issued', time, data: { credential_id: credentialIdOf(id, sha256), holder, kind: 'aws_session', ...above, ...defined({ expires_at: expires }) } }]
  }
  if (service === 'iam.amazonaws.com' && event === 'CreateAccessKey') {
    const [id, holder] = [nameAt(answer, 'accessKey', 'accessKeyId'), userOf(record, nameAt(answer, 'accessKey', 'userName'))]
    if (id === undefined || !holder) return []
    return [{ type: 'credential.issued', time, data: { credential_id: credentialIdOf(id, sha256), holder, kind: 'aws_access_key', ...above } }]
  }
  if (service === 'iam.amazonaws.com' && event === 'DeleteAccessKey') {
    const [id, holder] = [nameAt(record, 'requestParameters', 'accessKeyId'), userOf(record, nameAt(record, 'requestParameters', 'userName'))]
    if (id === undefined || !holder) return []
    return [{ type: 'credential.revoked', time, data: { credential_id: credentialIdOf(id, sha256), holder, kind: 'aws_access_key' } }]
  }
  return []
}

/** A user of IAM by name; who names none means themselves. */
function userOf(record: Fields, name: string | undefined): PrincipalInput | undefined {
  if (name === undefined) return callerOf(at(record, 'userIdentity'))
  const account = nameAt(record, 'recipientAccountId')
  const sub = account === undefined ? undefined : nameOf(`arn:aws:iam::${account}:user/${name}`)
  return sub === undefined ? undefined : { iss: 'urn:aws', sub, kind: 'unknown', name }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 3339, or as CloudTrail writes it: `Jul 18, 2014 4:07:39 PM`, in UTC. */
function expiryOf(found: unknown): string | undefined {
  if (typeof found !== 'string') return undefined
  const parts = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})\s([AP])M$/.exec(found)
  if (!parts) return timeOf(found) === null ? undefined : found
  const [, month, day, year, hour, minute, second, half] = parts
  const two = (value: number | string) => String(value).padStart(2, '0')
  const time = `${year}-${two(months.indexOf(month!) + 1)}-${two(day!)}T${two((Number(hour) % 12) + (half === 'P' ? 12 : 0))}:${minute}:${second}Z`
  return timeOf(time) === null ? undefined : time
}
