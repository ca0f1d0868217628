import { allRules, subjectRules, tenantOf, titleOf, type Rule, type Settings } from '@onbehalf/lineage'
import { gather } from '@onbehalf/store'
import { atLeast } from '../at-least.ts'
import { unlessUnchanged } from '../etag.ts'
import { ruleList } from '../inventory-documents.ts'
import { formOf } from '../media-type.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET /v1/rules`: the catalogue, and what of it is on in this tenant. */
export function addRuleRoutes(app: Routes, reader: Reader, { nowMs }: { nowMs: () => number }): void {
  app.get('/v1/rules', {
    config: { roles: readers },
    schema: {
      summary: 'What is looked for, and what of it is armed',
      description: 'Every rule there is, by id, as it stands with the settings of now. All of them are on one page.',
      tags: ['findings'],
      querystring: query({ at_least: atLeast }),
      response: { 200: ruleList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const list = await reader.read(request, request.query, async ({ source }) => {
      const settings = await gather(source, (known) => tenantOf(known).settings.at(nowMs()))
      return { items: [...allRules.values()].map((rule) => itemOf(rule, settings)), facets: {} }
    })
    return unlessUnchanged(request, reply, list)
  })
}

function itemOf(rule: Rule<never>, settings: Settings) {
  const armed = armedIn(rule, settings)
  const { asi, nhi, nist } = rule.mapping
  const titled = (ids: readonly string[]) => ids.map((id) => ({ id, title: titleOf(id) ?? null }))
  return {
    id: rule.id, version: rule.version, title: rule.title, doc: rule.doc, resolved_by: rule.resolvedBy, about: aboutOf(rule.id),
    armed_by: rule.armedBy === null || rule.armedBy === 'opt-in' ? rule.armedBy : rule.armedBy.leg,
    ...armed, severity: settings.switchOf(rule.id).severity ?? rule.severity, default_severity: rule.severity,
    mapping: { asi: titled(asi), nhi: titled(nhi), nist: titled(nist) },
  }
}

/** Whether a rule can fire at all: for which agents and systems is the registrations' to say. */
export function armedIn({ id, armedBy }: Pick<Rule, 'id' | 'armedBy'>, settings: Settings): { on: boolean; why: string } {
  const { on } = settings.switchOf(id)
  if (on === false) return { on: false, why: 'It is switched off.' }
  if (armedBy === null) return { on: true, why: 'It is always armed.' }
  if (armedBy === 'opt-in') return on === true ? { on: true, why: 'It is switched on.' } : { on: false, why: `It is off until it is switched on: \`rules.${id}.on\` in the configuration.` }
  const owners = settings.config.producers.filter(({ legs }) => legs.includes(armedBy.leg)).map((producer) => producer.id)
  return owners.length > 0 ? { on: true, why: `${owners.join(', ')} ${owners.length === 1 ? 'is' : 'are'} registered for ${armedBy.leg}.` }
    : { on: false, why: `It is off until a producer is registered for ${armedBy.leg}.` }
}

type About = 'action' | 'agent' | 'delegation' | 'grant' | 'source' | 'log' | 'effect'

const subjects: Record<string, About> = { AGT: 'agent', RAT: 'delegation', TIM: 'grant', OUT: 'effect' }

/** The catalogue keeps rules about other things apart; which things, their families say. */
function aboutOf(id: string): About {
  if (!subjectRules.has(id)) return 'action'
  return subjects[id.slice(0, 3)] ?? (id === 'INT-02' ? 'log' : 'source')
}
