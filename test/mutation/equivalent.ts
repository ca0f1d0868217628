import type { Mutant } from './mutants.ts'

/** A mutant that no test can kill, since it means the same. Reviewed by hand: each says why. */
export type Equivalent = Pick<Mutant, 'file' | 'text' | 'from' | 'to'> & { why: string }

const rules = 'libs/lineage/src/rules'

export const equivalents: readonly Equivalent[] = [
  {
    file: `${rules}/ini-01-no-initiator.ts`, text: `armedBy: { leg: 'initiator' },`, from: `armedBy: { leg: 'initiator' }`, to: 'armedBy: null',
    why: 'where nobody is registered for initiators the leg is not covered, so never missing',
  },
  {
    file: `${rules}/int-01-hole-in-sequence.ts`, text: `absent: { leg: 'heartbeat', deadlineMs: Math.min(...told.map(({ beforeMs }) => beforeMs)) + waitMs, producers },`,
    from: `'heartbeat'`, to: `'execution'`, why: 'who would have told is named, so the leg is not asked for its owners',
  },
  {
    file: `${rules}/int-04-silent-source.ts`, text: `armedBy: { leg: 'heartbeat' },`, from: `armedBy: { leg: 'heartbeat' }`, to: 'armedBy: null',
    why: 'heartbeats are looked for only of producers that are registered for them',
  },
  {
    file: `${rules}/int-04-silent-source.ts`, text: `absent: { leg: 'heartbeat', deadlineMs: timeOf(next)!.timeMs + settings.budgets.skew_ms + settings.delayMs(beat.producer), producers: [] },`,
    from: `'heartbeat'`, to: `'execution'`, why: 'nobody is waited for, so the leg is not asked for its owners',
  },
  {
    file: `${rules}/int-03-two-contents.ts`, text: 'const suspect = [...contents.values()].filter((facts) => facts.length > 1)',
    from: 'facts.length > 1', to: 'facts.length >= 1',
    why: 'only spares digests: what is alone is left out below as well',
  },
  {
    file: `${rules}/int-03-two-contents.ts`, text: 'const suspect = [...contents.values()].filter((facts) => facts.length > 1)',
    from: '[...contents.values()].filter((facts) => facts.length > 1)', to: '[...contents.values()]',
    why: 'only spares digests: what is alone is left out below as well',
  },
  {
    file: `${rules}/int-03-two-contents.ts`, text: 'const several = suspect.map((facts) => [...new Map(facts.map((fact) => [fact.digest(), fact])).values()]).filter((facts) => facts.length > 1)',
    from: 'facts.length > 1', to: 'facts.length >= 1',
    why: '`join` has left no copies under one key, and one event has one key',
  },
  {
    file: `${rules}/int-03-two-contents.ts`, text: 'const several = suspect.map((facts) => [...new Map(facts.map((fact) => [fact.digest(), fact])).values()]).filter((facts) => facts.length > 1)',
    from: 'suspect.map((facts) => [...new Map(facts.map((fact) => [fact.digest(), fact])).values()]).filter((facts) => facts.length > 1)', to: 'suspect.map((facts) => [...new Map(facts.map((fact) => [fact.digest(), fact])).values()])',
    why: '`join` has left no copies under one key, and one event has one key',
  },
  {
    file: 'libs/lineage/src/lateness.ts', text: 'const limitMs = afterMs < 0 ? budgets.skew_ms : story.settings.delayMs(fact.entry.producer) + budgets.context_due_ms',
    from: '0', to: '1', why: 'what is less than a millisecond early is within either limit',
  },
  {
    file: 'libs/lineage/src/lateness.ts', text: 'const limitMs = afterMs < 0 ? budgets.skew_ms : story.settings.delayMs(fact.entry.producer) + budgets.context_due_ms',
    from: 'afterMs < 0', to: 'afterMs <= 0', why: 'what is not apart at all is within either limit',
  },
  {
    file: 'libs/lineage/src/absence.ts', text: 'if (!known || due.atMs < known.atMs) this.#dues.set(due.clock, due)',
    from: 'due.atMs < known.atMs', to: 'due.atMs <= known.atMs', why: 'of two at one time it does not matter which is kept',
  },
  {
    file: 'libs/lineage/src/scope.ts', text: 'return (value) => isCovered(minimal([value])[0]!, those)',
    from: 'minimal([value])[0]', to: 'minimal([value]).at(-1)', why: 'of one pattern there is one',
  },
]
