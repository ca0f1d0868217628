import type { PrincipalInput } from '../blocks.ts'
import { refuse, rules, type Mapper } from './mapper.ts'
import { at, credentialIdOf, defined, firstOf, ipOf, isFields, itemsAt, lineOf, nameAt, textOf, timeAt, type Fields } from './pick.ts'

const page = 'gcp-audit'
const auditLog = 'type.googleapis.com/google.cloud.audit.AuditLog'

/**
 * Google Cloud Audit Logs: a LogEntry (Cloud Logging API v2) whose `protoPayload` is an AuditLog
 * (google.cloud.audit.AuditLog), as a sink writes it to Pub/Sub or Cloud Storage.
 */
export const mapGcpAudit: Mapper = (entry, { sha256 }) => {
  const insertId = nameAt(entry, 'insertId')
  if (insertId === undefined) return refuse(page, ['insertId'], rules.id, entry['insertId'])
  const time = timeAt(entry, 'timestamp') ?? timeAt(entry, 'receiveTimestamp')
  if (time === undefined) return refuse(page, ['timestamp'], rules.time, entry['timestamp'])
  const payload = entry['protoPayload']
  if (!isFields(payload) || payload['@type'] !== auditLog)
    return refuse(page, ['protoPayload', '@type'], `must be "${auditLog}"`, at(payload, '@type'))

  const logName = nameAt(entry, 'logName') ?? ''
  // Of the same log, two entries are one where both agree (LogEntry, `insertId`).
  const mapped = { ok: true as const, source: `urn:gcp:${logName}`, id: `${insertId}\n${time}` }
  const effect = effectOf(entry, payload)
  if (effect === null) return { ...mapped, told: [] }

  const key = nameAt(payload, 'authenticationInfo', 'serviceAccountKeyName')
  const ip = ipOf(at(payload, 'requestMetadata', 'callerIp'))
  const requestIds = [nameAt(payload, 'requestMetadata', 'requestAttributes', 'id'), nameAt(entry, 'operation', 'id'), insertId]
  const trace = /^projects\/[^/]+\/traces\/((?!0{32})[0-9a-f]{32})$/.exec(nameAt(entry, 'trace') ?? '')
  return {
    ...mapped,
    told: [{
      type: 'outcome.observed', time,
      data: {
        outcome_id: `gcp-${sha256(`${logName}\n${mapped.id}`).slice(0, 32)}`, observed_effect: effect,
        observer: { iss: 'urn:gcp', sub: nameAt(payload, 'serviceName') ?? 'cloudaudit.googleapis.com', kind: 'service' },
        actors: actorsOf(payload), upstream_request_ids: [...new Set(requestIds.flatMap((id) => id ?? []))],
        ...(key !== undefined && { credential_id: credentialIdOf(key, sha256) }), ...(ip !== undefined && { origin: { ip } }),
        ...(trace && { trace_id: trace[1]! }),
        ...defined({ resource: resourceOf(entry, payload), side_effect: sideEffectOf(logName, payload), text: sentenceOf(payload) }),
      },
    }],
  }
}

/** Codes of google.rpc.Code that leave it open what came of the call: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const open = new Set([1, 2, 4, 13, 14, 15])

/** A long-running operation has an effect when it ends: its first entry says only that it began. */
function effectOf(entry: Fields, payload: Fields): 'occurred' | 'did_not_occur' | null {
  const code = at(payload, 'status', 'code') ?? 0
  if (typeof code !== 'number' || open.has(code)) return null
  if (code !== 0) return 'did_not_occur'
  return at(entry, 'operation', 'first') === true && at(entry, 'operation', 'last') !== true ? null : 'occurred'
}

/**
 * `serviceAccountDelegationInfo` keeps the original order, the first party first (the reverse of how `act` claims nest), and the
 * principal of the call comes last: the normal form as it is.
 */
function actorsOf(payload: Fields): PrincipalInput[] {
  const info = at(payload, 'authenticationInfo')
  const delegated = itemsAt(info, 'serviceAccountDelegationInfo').slice(0, 60).flatMap((each) =>
    principalOf(nameAt(each, 'firstPartyPrincipal', 'principalEmail'), nameAt(each, 'principalSubject')) ?? [])
  return [...delegated, ...(principalOf(nameAt(info, 'principalEmail'), nameAt(info, 'principalSubject')) ?? [])]
}

/** By e-mail where there is one: a subject may name the same by number. Federated identities have a subject only. */
function principalOf(email: string | undefined, subject: string | undefined): PrincipalInput[] | undefined {
  const sub = email ?? subject?.replace(/^(?:user|serviceAccount):/, '')
  if (sub === undefined) return undefined
  return [{ iss: 'urn:gcp', sub, kind: sub.endsWith('gserviceaccount.com') ? 'workload' : email === undefined ? 'unknown' : 'user' }]
}

function resourceOf(entry: Fields, payload: Fields): { type: string; id: string; system: string } | undefined {
  const id = nameAt(payload, 'resourceName')
  const project = firstOf([nameAt(entry, 'resource', 'labels', 'project_id'), /^((?:projects|folders|organizations|billingAccounts)\/[^/]+)\//.exec(nameAt(entry, 'logName') ?? '')?.[1]])
  return id === undefined ? undefined : { type: nameAt(entry, 'resource', 'type') ?? 'gcp', id, system: lineOf(`gcp/${project ?? ''}`)! }
}

/** Admin Activity logs are of changes only; of Data Access logs the permissions say which it was, where they do. */
function sideEffectOf(logName: string, payload: Fields): 'read' | 'write' | undefined {
  const types = itemsAt(payload, 'authorizationInfo').slice(0, 100).map((each) => nameAt(each, 'permissionType'))
  if (types.some((type) => type?.endsWith('_WRITE'))) return 'write'
  if (types.length > 0 && types.every((type) => type?.endsWith('_READ'))) return 'read'
  return logName.endsWith('cloudaudit.googleapis.com%2Factivity') ? 'write' : undefined
}

function sentenceOf(payload: Fields): string | undefined {
  const method = nameAt(payload, 'methodName')
  const message = lineOf(at(payload, 'status', 'message'))
  return textOf(method === undefined ? message : message === undefined ? method : `${method}: ${message}`)
}
