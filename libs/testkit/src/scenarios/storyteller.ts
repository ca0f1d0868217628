import type { CloudEvent, EventData, EventType, PrincipalInput } from '@onbehalf/events'
import { createRandom, type Random } from '../random.ts'
import type { Setting } from './scenario.ts'

/** Writes the events of a scenario, so that a scenario file holds nothing but its story. */
export interface Storyteller {
  readonly events: CloudEvent[]
  readonly trace_id: string
  /** `act-refund` -> `act-refund-k3x9p2a7`: the same ending for all ids of one run, so that they are seen to belong together. */
  id(stem: string): string
  /**
   * The same agent or person under an identity of this run alone: for whoever is registered, or whose fate it would
   * otherwise share with every other incident. An address keeps its domain.
   */
  own(principal: PrincipalInput): PrincipalInput & { iss: string }
  /** RFC 3339, so many seconds after the beginning. */
  at(seconds: number): string
  /** One event, in the order of the story. `source` is who says it; the trace is the story's own. */
  say<Type extends EventType>(seconds: number, source: string, type: Type, data: EventData[Type]): CloudEvent
  /** The same event told once more, by the same source under the same id, with other content. */
  sayOtherwise(event: CloudEvent, data: object): void
}

export function tellStory({ seed, atMs }: Setting): Storyteller {
  const random: Random = createRandom(seed)
  const run = random.word(8)
  const trace_id = random.hex(32)
  const events: CloudEvent[] = []
  const at = (seconds: number) => new Date(atMs + Math.round(seconds * 1_000)).toISOString()
  const id = (stem: string) => `${stem}-${run}`
  return {
    events,
    trace_id,
    id,
    own({ iss, sub, ...rest }) {
      const [name, domain] = sub.split('@')
      return { iss: iss!, sub: domain === undefined ? id(sub) : `${id(name!)}@${domain}`, ...rest }
    },
    at,
    say(seconds, source, type, data) {
      const event: CloudEvent = {
        specversion: '1.0',
        id: random.uuid7(atMs + Math.round(seconds * 1_000)),
        source,
        type: `onbehalf.${type}.v1`,
        time: at(seconds),
        datacontenttype: 'application/json',
        traceparent: `00-${trace_id}-${random.hex(16)}-01`,
        data,
      }
      events.push(event)
      return event
    },
    sayOtherwise(event, data) {
      events.push({ ...event, data: { ...event.data, ...data } })
    },
  }
}

/** The cast: the same people and programs in every scenario, so that a reader knows them. */
export const cast = {
  alice: person('alice@example.com', 'Alice Martin'),
  bruno: person('bruno@example.com', 'Bruno Keller'),
  carla: person('carla@example.com', 'Carla Rossi'),
  ingrid: person('ingrid@example.com', 'Ingrid Solberg'),
  dataTeam: { iss: 'https://login.example.com', sub: 'data-team', kind: 'organization', name: 'Data team' } as PrincipalInput,
  orchestrator: agent('support-orchestrator', 'Support orchestrator'),
  refundBot: agent('refund-bot', 'Refund bot'),
  mailAssistant: agent('mail-assistant', 'Mail assistant'),
  databaseBot: agent('database-bot', 'Database bot'),
  backupBot: agent('backup-bot', 'Backup bot'),
  cleanupBot: agent('cleanup-bot', 'Clean-up bot'),
  reportBot: agent('report-bot', 'Report bot'),
  ballastBot: agent('ballast-bot', 'Ballast bot'),
  stripe: service('stripe-mcp', 'Stripe MCP server'),
  crm: service('crm-mcp', 'CRM MCP server'),
  database: service('database-proxy', 'Database proxy'),
  storage: service('object-storage', 'Object storage'),
  pumps: service('pump-control', 'Pump control'),
  parcelHub: service('parcel-hub', 'Parcel hub'),
  ledger: service('ledger', 'Bookkeeping'),
  cloudTrail: service('cloud-audit', 'Cloud audit feed'),
  tankGauges: service('tank-gauges', 'Tank gauges'),
}

/** Who says what. */
export const sources = {
  agents: 'urn:example:agents',
  authorization: 'urn:example:token-service',
  policy: 'urn:example:opa-eu-1',
  gateway: 'urn:example:tool-gateway',
  approvals: 'urn:example:approvals',
  ledger: 'urn:example:ledger',
  inventory: 'urn:example:inventory',
  identity: 'urn:example:identity-provider',
  grants: 'urn:example:access-desk',
  cloud: 'urn:example:cloud-audit',
}

function person(sub: string, name: string): PrincipalInput {
  return { iss: 'https://login.example.com', sub, kind: 'user', name }
}

function agent(sub: string, name: string): PrincipalInput {
  return { iss: 'https://agents.example.com', sub, kind: 'agent', name }
}

function service(sub: string, name: string): PrincipalInput {
  return { iss: 'https://services.example.com', sub, kind: 'service', name }
}
