import type { PrincipalInput } from '../blocks.ts'
import type { EventData } from '../catalogue/index.ts'
import type { Told } from '../mapped/told.ts'
import { refuse, rules, type Mapper } from './mapper.ts'
import { at, credentialIdOf, defined, idAt, ipOf, itemsAt, lineOf, nameAt, nameOf, textOf, timeAt, type Fields } from './pick.ts'

const page = 'kubernetes'

/**
 * Kubernetes: an Event of audit.k8s.io/v1, from the log file or the webhook of the API server. One request gives one event per
 * stage; the last, `ResponseComplete`, tells all. The API server gives the audit id to who called it (`Audit-Id`), and takes
 * it from who sends one: so it is unique only within what one producer sends.
 */
export const mapK8sAudit: Mapper = (event, { producer, sha256 }) => {
  const auditId = idAt(event, 'auditID')
  if (auditId === undefined) return refuse(page, ['auditID'], rules.id, event['auditID'])
  const stage = nameAt(event, 'stage')
  if (stage === undefined) return refuse(page, ['stage'], 'must be the stage of the request, such as "ResponseComplete"', event['stage'])
  const received = timeAt(event, 'requestReceivedTimestamp')
  const time = timeAt(event, 'stageTimestamp') ?? received
  if (time === undefined) return refuse(page, ['stageTimestamp'], rules.time, event['stageTimestamp'])
  const mapped = { ok: true as const, source: `urn:kubernetes:audit:${encodeURIComponent(producer.toWellFormed())}`, id: `${auditId}\n${stage}` }
  if (stage !== 'ResponseComplete') return { ...mapped, told: [] }

  const told: Told[] = []
  const decision = decisionOf(event)
  if (decision) told.push({ type: 'decision.recorded', time: received ?? time, data: { ...decision, decision_id: auditId } })
  const effect = effectOf(event)
  if (effect !== null) {
    const credential = itemsAt(event, 'user', 'extra', 'authentication.kubernetes.io/credential-id')[0]
    // All but the last address are what the client says they are.
    const ip = ipOf(itemsAt(event, 'sourceIPs').at(-1))
    told.push({
      type: 'outcome.observed', time,
      data: {
        outcome_id: auditId, observed_effect: effect, observer: apiServer, actors: actorsOf(event), upstream_request_ids: [auditId],
        ...(typeof credential === 'string' && credential !== '' && { credential_id: credentialIdOf(credential, sha256) }), ...(ip !== undefined && { origin: { ip } }),
        ...defined({ resource: resourceOf(event), side_effect: sideEffectOf(event), text: sentenceOf(event) }),
      },
    })
  }
  return { ...mapped, told }
}

const apiServer = { iss: 'urn:kubernetes', sub: 'kube-apiserver', kind: 'service' as const }

/** HTTP: what the server could not tell itself (5xx, among them time-outs) is left open. */
function effectOf(event: Fields): 'occurred' | 'did_not_occur' | null {
  const code = at(event, 'responseStatus', 'code')
  if (typeof code !== 'number' || code >= 500) return null
  return code >= 400 ? 'did_not_occur' : 'occurred'
}

/** Who is impersonated is whose authority was used; who really called comes last. */
function actorsOf(event: Fields): PrincipalInput[] {
  return [...(userOf(at(event, 'impersonatedUser')) ?? []), ...(userOf(at(event, 'user')) ?? [])]
}

/** Names within the cluster: nobody says who issued them. */
function userOf(user: unknown): [PrincipalInput] | undefined {
  const sub = nameAt(user, 'username')
  if (sub === undefined) return undefined
  const kind = /^system:(?:serviceaccount|node):/.test(sub) ? 'workload' : sub.startsWith('system:') ? 'service' : 'unknown'
  const pod = itemsAt(user, 'extra', 'authentication.kubernetes.io/pod-name')[0]
  const instance = nameAt([pod], '0')
  return [{ sub, kind, ...defined({ instance }) }]
}

/** What the authorizer said, with the words that RBAC has for its reason. */
function decisionOf(event: Fields): Omit<EventData['decision.recorded'], 'decision_id'> | null {
  const annotations = at(event, 'annotations')
  const effect = decisions.get(at(annotations, 'authorization.k8s.io/decision'))
  if (effect === undefined) return null
  const text = textOf(at(annotations, 'authorization.k8s.io/reason'))
  const [, kind, name] = /^RBAC: allowed by (ClusterRoleBinding|RoleBinding) "([^"]+)"/.exec(text ?? '') ?? []
  const [subject] = userOf(at(event, 'impersonatedUser')) ?? userOf(at(event, 'user')) ?? []
  return {
    effect, phase: 'runtime', pdp: 'kube-apiserver', pep: 'kube-apiserver', enforcement: 'enforced',
    policies: name === undefined ? [] : [{ id: lineOf(`${kind}/${name}`)! }],
    ...(text !== undefined && { reasons: [{ code: 'authorization.k8s.io/reason', text }] }),
    evaluated: defined({ subject, operation: operationOf(event), resource: resourceOf(event) }),
  }
}

const decisions = new Map<unknown, 'permit' | 'deny'>([['allow', 'permit'], ['forbid', 'deny']])

function typeOf(event: Fields): string | undefined {
  const [resource, group, sub] = [nameAt(event, 'objectRef', 'resource'), nameAt(event, 'objectRef', 'apiGroup'), nameAt(event, 'objectRef', 'subresource')]
  return resource === undefined ? undefined : lineOf(`${resource}${group === undefined ? '' : `.${group}`}${sub === undefined ? '' : `/${sub}`}`)
}

function resourceOf(event: Fields): { type: string; id: string; system: string } | undefined {
  const type = typeOf(event)
  const id = nameOf([nameAt(event, 'objectRef', 'namespace'), nameAt(event, 'objectRef', 'name')].filter((part) => part !== undefined).join('/'))
  return type === undefined || id === undefined ? undefined : { type, id, system: 'kubernetes' }
}

function operationOf(event: Fields): string | undefined {
  const verb = nameAt(event, 'verb')
  return verb === undefined ? undefined : lineOf(`${verb} ${typeOf(event) ?? nameAt(event, 'requestURI')?.split('?', 1)[0] ?? ''}`)
}

const reads = new Set(['get', 'list', 'watch', 'head', 'options'])
const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put'])

/** A dry run goes through everything but the store. A review is created and changes nothing. */
function sideEffectOf(event: Fields): 'none' | 'read' | 'write' | undefined {
  const verb = nameAt(event, 'verb') ?? ''
  if (reads.has(verb)) return 'read'
  if (!writes.has(verb)) return undefined
  const { requestURI } = event
  const isReview = /^(?:subjectaccessreviews|selfsubjectaccessreviews|localsubjectaccessreviews|selfsubjectrulesreviews|selfsubjectreviews|tokenreviews)$/.test(nameAt(event, 'objectRef', 'resource') ?? '')
  if (isReview || (typeof requestURI === 'string' && /[?&]dryRun=/.test(requestURI))) return 'none'
  return 'write'
}

function sentenceOf(event: Fields): string | undefined {
  const message = textOf(at(event, 'responseStatus', 'message'))
  const operation = operationOf(event)
  return textOf([operation, message].filter((part) => part !== undefined).join(': '))
}
