import { timeOf } from '@onbehalf/events'
import {
  allRules, beatsOf, contextKey, derive, expand, isSubject, nothingMissing, principalText, rankOf, ranks, tenantOf,
  type Expansion, type Key, type Known, type View,
} from '@onbehalf/lineage'
import { actionRow, sha256Hex, type ReadModelBatch, type ViolationsOf, type Want } from '@onbehalf/store'
import { changesByCalls, changesByDescriptions } from './changes.ts'
import { leaveOut } from './crowd.ts'
import { gather } from './gather.ts'
import type { News, TenantNews } from './news.ts'
import { TenantKnown } from './tenant-known.ts'

/** Reads from the read models and the journal what the fold asks for. */
export type ReadMissing = (wants: readonly Want[]) => Promise<void>

/** What a step comes to. */
export interface Folded {
  batch: ReadModelBatch
  /** Keys whose violations are said completely by `violations`. */
  judged: { tenant: string; key: Key }[]
  violations: ViolationsOf[]
  /** Things beside actions that rules must look at once the batch is written. */
  subjects: { tenant: string; known: TenantKnown; keys: Set<Key> }[]
}

/** Keys of one tenant that are to be derived again. */
export interface Again {
  tenant: string
  keys: readonly Key[]
  /** For what rests on these in turn: since when it matters, and how far up the change is. */
  sinceMs?: number
  depth?: number
  wave?: number
}

const restingOnAbsence = [...allRules.values()].filter(({ needsHorizon }) => needsHorizon).map(({ id }) => id)

/** A chain of delegations is not followed further, so nothing further down rests on what changed. */
const depth_max = 64

/**
 * What is known of every tenant of one projector, and the step from a batch of news to the rows that it changes.
 * Knows no SQL and no clock. While the lease holds there is no other writer, so what is kept in memory stays true.
 */
export class Fold {
  /** The least recently used first. */
  readonly #tenants = new Map<string, TenantKnown>()
  readonly #facts_max: number

  constructor(options: { facts_max: number }) {
    this.#facts_max = options.facts_max
  }

  /** Forgets everything: after a failed transaction memory may be ahead of the read models. */
  forget(): void {
    this.#tenants.clear()
  }

  /** What is known of a tenant; everything that is remembered of it is true as of the last step. */
  known(tenant: string): TenantKnown {
    const known = this.#tenants.get(tenant) ?? new TenantKnown(this.#facts_max)
    this.#tenants.delete(tenant)
    this.#tenants.set(tenant, known)
    return known
  }

  /** Takes news, which must begin at the cursors. */
  async take(news: News, readMissing: ReadMissing): Promise<Folded> {
    const folded = nothingFolded()
    const { batch } = folded
    batch.facts = news.facts
    batch.quarantine = news.quarantine
    batch.cursors = news.cursors
    const work = [...news.tenants].map(([tenant, fresh]) => {
      const known = this.known(tenant)
      // Where nothing has been read before, nothing rests on anything yet: a rebuild begins with the configuration.
      const isFirst = ![...known.position].some(([log, position]) => position > 0 && !log.endsWith('/own'))
      return { tenant, known, fresh, start: fresh.touched, isFirst }
    })
    for (const { tenant, logId, position } of news.cursors) this.known(tenant).position.set(`${tenant}/${logId}`, position)
    for (const { known, fresh } of work) known.meet(fresh)
    await readAhead(work, readMissing)
    for (const { tenant, known, fresh, expansion, isFirst } of await this.#complete(work, readMissing)) {
      batch.facts = leaveOut(tenant, known.left, batch.facts, batch.quarantine)
      linkRows(tenant, known, fresh, batch)
      this.#rows(tenant, known, fresh.touched, expansion, folded)
      const described = fresh.described.length === 0 ? []
        : await gather(tenant, known, readMissing, (lookup) => changesByDescriptions(fresh.described, (filed) => known.before(filed), lookup))
      for (const key of described) fresh.context.set(key, -Infinity)
      for (const key of changesByCalls(fresh.tools, (tool) => known.links.get(tool) ?? [])) fresh.context.set(key, -Infinity)
      // What rests on it and came with it is derived in this batch already, or is itself gone through here.
      for (const [key, sinceMs] of fresh.context)
        if ((isElsewhere(key) && !isFirst) || (known.links.get(key)?.some((filed) => !fresh.touched.has(filed) && !fresh.context.has(filed)) ?? !isElsewhere(key)))
          batch.stale.push({ tenant, key, sinceMs: key === 'tenant:config' ? configuredSince(fresh, known) : sinceMs, depth: 0 })
      // Who begins to say how far it has sent holds back what was said to be absent.
      if ([...known.begun.values()].some((series) => series.length > 0))
        for (const rule of restingOnAbsence) batch.stale.push({ tenant, key: `found:${rule}:`, sinceMs: -Infinity, depth: 0 })
      const grants = [...fresh.subjects, ...grantsOfSessions(fresh, known)].filter((key) => key.startsWith('grant:'))
      const sources = fresh.context.has('tenant:config') ? await sourcesOf(tenant, known, readMissing) : []
      this.#subjects(tenant, known, [...fresh.subjects, ...sources, ...grants, ...holdersOf(grants, known), ...effectsOf(fresh.touched, known)], folded)
      known.settle()
    }
    return folded
  }

  /** Derives the rows of some keys again, because something that they rest on has changed, or is due. */
  async again(changed: readonly Again[], readMissing: ReadMissing): Promise<Folded> {
    const folded = nothingFolded()
    const keysOf = new Map<string, Set<Key>>()
    for (const { tenant, keys, sinceMs = -Infinity, depth = 0, wave } of changed) {
      const all = keysOf.get(tenant) ?? new Set()
      keysOf.set(tenant, all)
      for (const key of keys) {
        all.add(key)
        if (isContext(key) && depth < depth_max) folded.batch.stale.push({ tenant, key, sinceMs, depth: depth + 1, ...(wave !== undefined && { wave }) })
      }
    }
    const work = [...keysOf].map(([tenant, keys]) => ({
      tenant, known: this.known(tenant), start: new Set([...keys].filter((key) => rankOf(key) > 0)), keys,
    }))
    for (const { tenant, known, start, keys, expansion } of await this.#complete(work, readMissing)) {
      this.#rows(tenant, known, start, expansion, folded)
      this.#subjects(tenant, known, [...[...keys].filter(isSubject), ...effectsOf(keys, known)], folded)
      known.settle()
    }
    return folded
  }

  /** Lets go of what has not been touched for longest. Call between steps. */
  forgetOldest(): void {
    let weight = 0
    for (const known of this.#tenants.values()) weight += known.weight
    for (const [tenant, known] of this.#tenants) {
      if (weight <= this.#facts_max || this.#tenants.size === 1) return
      weight -= known.weight
      this.#tenants.delete(tenant)
    }
  }

  /** Reads until nothing is missing: a round for all tenants at once. */
  async #complete<Work extends { tenant: string; known: TenantKnown; start: ReadonlySet<Key>; fresh?: TenantNews }>(
    work: readonly Work[],
    readMissing: ReadMissing,
  ): Promise<(Work & { expansion: Expansion })[]> {
    const done: (Work & { expansion: Expansion })[] = []
    let open = work
    while (open.length > 0) {
      const wants: (Want & { known: TenantKnown })[] = []
      open = open.filter((item) => {
        const { tenant, known, start, fresh } = item
        const expansion = expand(fresh ? known.notLongVoid(start) : start, known, sha256Hex)
        const complete = nothingMissing(expansion.missing)
        if (complete) done.push({ ...item, expansion })
        else wants.push({ tenant, known, missing: expansion.missing })
        return !complete
      })
      if (wants.length === 0) break
      await readMissing(wants)
      for (const { known, missing } of wants) known.merge(missing)
    }
    return done
  }

  #rows(tenant: string, known: TenantKnown, touched: ReadonlySet<Key>, { roots, views }: Expansion, { batch, judged, violations, subjects }: Folded): void {
    for (const key of new Set([...touched, ...roots, ...views.flatMap((view) => view.action.implied)])) {
      if (mayHaveRows(key, known)) batch.gone.push({ tenant, key })
      if (known.has.violations) judged.push({ tenant, key })
      if (known.has.dues || known.has.uses) batch.cleared.push({ tenant, key })
    }
    const limited = new Set<Key>()
    for (const view of views) {
      const lineage = derive(view, { tenant, sha256: sha256Hex })
      const row = actionRow(view, lineage)
      const { key, part, timeMs } = row
      const isNew = rankOf(view.action.root) === ranks.action && !known.wasKnown(view.action.root)
      ;(isNew ? batch.newActions : batch.actions).push(row)
      if (lineage.findings.length > 0) {
        if (!known.has.violations) judged.push({ tenant, key })
        violations.push({ tenant, key, part, shownOn: null, timeMs, findings: lineage.findings })
      }
      for (const due of view.absences.dues) batch.dues.push({ tenant, key, part, ...due })
      for (const delegation of usedBy(view)) {
        batch.uses.push({ tenant, delegation, key, part })
        limited.add(delegation)
      }
      for (const agent of watched(view)) limited.add(agent)
    }
    if (batch.dues.length > 0) known.has.dues = true
    if (batch.uses.length > 0) known.has.uses = true
    if (violations.length > 0) known.has.violations = true
    if (limited.size > 0) subjects.push({ tenant, known, keys: limited })
  }

  #subjects(tenant: string, known: TenantKnown, keys: readonly Key[], { subjects }: Folded): void {
    if (keys.length > 0) subjects.push({ tenant, known, keys: new Set(keys) })
  }
}

async function readAhead(work: readonly { tenant: string; known: TenantKnown; fresh: TenantNews }[], readMissing: ReadMissing): Promise<void> {
  const wants = work.map(({ tenant, known, fresh }) => ({ tenant, known, missing: known.wanted(fresh) }))
  await readMissing(wants)
  for (const { known, missing } of wants) known.merge(missing)
}

/** Rows of what is linked now: those that are certainly new, and those that the read models may have already. */
function linkRows(tenant: string, known: TenantKnown, { links, touched }: TenantNews, batch: ReadModelBatch): void {
  for (const [key, filedUnder] of links)
    for (const filed of filedUnder) {
      const had = known.hadLink(key, filed)
      if (had === undefined) batch.links.push({ tenant, key, filed })
      else if (!had) batch.newLinks.push({ tenant, key, filed })
      // Whoever else has used a credential is told of another user of it, and so is what it has effected before anybody was known to use it.
      if (key.startsWith('users:')) {
        const credential = `credential:${key.slice('users:'.length)}`
        // Where nobody has looked at it yet, there may be some.
        if (known.links.get(credential)?.some((other) => !touched.has(other)) ?? true)
          batch.stale.push({ tenant, key: credential, sinceMs: -Infinity, depth: 0 })
      }
    }
}

/** Since when new configurations count: from what they say, else from their receipt; a tenant's first since always. */
function configuredSince({ facts }: TenantNews, known: Known): number {
  const [fresh, all] = [facts.get('tenant:config') ?? [], known.facts.get('tenant:config') ?? []]
  return Math.min(...fresh.map((fact) => {
    const from = fact.type === 'config.changed' ? fact.data.effective_from : undefined
    return from === undefined && all.length === fresh.length ? -Infinity : timeOf(from ?? fact.entry.received_at)!.timeMs
  }))
}

/** Every source that has sent a heartbeat, of a producer that is or was registered: who is silent depends on who is to beat. */
function sourcesOf(tenant: string, known: TenantKnown, readMissing: ReadMissing): Promise<Key[]> {
  return gather(tenant, known, readMissing, (lookup) =>
    tenantOf(lookup).settings.producersEver.flatMap((producer) => [...beatsOf(lookup, producer).keys()])
      .map((source) => contextKey('source', source, sha256Hex)))
}

/** What is not found by its links. */
function isElsewhere(key: Key): boolean {
  return /^(agent|initiator|tenant|found):/.test(key)
}

/** What rests on such a thing is gone through in turn. */
function isContext(key: Key): boolean {
  return key.startsWith('delegation:') || key.startsWith('session:') || key.startsWith('agent:')
}

/** The delegations with a limit of their own that an action has used up a bit. */
function usedBy({ chain, startMs }: View): Key[] {
  if (startMs === Infinity) return []
  return chain.hops.filter((hop) => hop.scope?.constraints?.max_uses !== undefined)
    .map((hop) => contextKey('delegation', hop.delegation_id, sha256Hex))
}

/** The acting agent, where an inventory says something of it that the act may change. */
function watched({ roles, tenant }: View): Key[] {
  const { principal } = roles.actor
  if (principal === null || !tenant.settings.latest.config.producers.some((each) => each.legs.includes('inventory'))) return []
  return [contextKey('agent', principalText(principal), sha256Hex)]
}

function grantsOfSessions({ context }: TenantNews, known: Known): Key[] {
  return [...context.keys()].filter((key) => key.startsWith('session:'))
    .flatMap((key) => (known.links.get(key) ?? []).filter((filed) => filed.startsWith('grant:')))
}

/** Whose grants they are: an agent that does nothing is looked at for what it may still do. */
function holdersOf(grants: readonly Key[], known: Known): Key[] {
  return grants.flatMap((key) => (known.facts.get(key) ?? []).flatMap((fact) =>
    (fact.type === 'grant.activated' ? [contextKey('agent', principalText(fact.data.agent), sha256Hex)] : [])))
}

/** Effects that somebody may account for now. */
function effectsOf(touched: ReadonlySet<Key>, known: Known): Key[] {
  return [...touched].filter((key) => rankOf(key) >= ranks.request)
    .flatMap((key) => (known.facts.get(key) ?? []).flatMap((fact) => fact.keys.mentions.filter((mention) => mention.startsWith('effect:'))))
}

/**
 * Whether rows of a key may be there that must go: it is claimed now, or its uses are others. An action id is always its
 * own action, so its row is only ever replaced.
 */
function mayHaveRows(key: Key, known: Known): boolean {
  const rank = rankOf(key)
  return rank > ranks.action && rank <= ranks.decision && (known.facts.get(key)?.length ?? 0) > 0
}

function nothingFolded(): Folded {
  return {
    batch: {
      facts: [], newLinks: [], links: [], newActions: [], actions: [], gone: [], cleared: [], dues: [], uses: [], quarantine: [], stale: [], cursors: [],
    },
    judged: [], violations: [], subjects: [],
  }
}
