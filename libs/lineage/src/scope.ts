import type { Scope } from '@onbehalf/events'
import { compare } from './fact.ts'

/**
 * What a hop may do: the intersection of its own scope with everything above it. An axis that a child leaves out is
 * inherited; only a root can be unbounded (`null`: no axis is limited).
 */
export function narrow(parent: Scope | null, child: Scope | null): Scope | null {
  if (!parent || !child) return child ?? parent
  const scope: Scope = {}
  for (const axis of ['actions', 'resources'] as const)
    set(scope, axis, both(parent[axis], child[axis], intersectPatterns))
  for (const axis of ['audience', 'oauth_scopes'] as const)
    set(scope, axis, both(parent[axis], child[axis], intersectSets))
  set(scope, 'constraints', both(parent.constraints, child.constraints, (a, b) => {
    const constraints: NonNullable<Scope['constraints']> = {}
    set(constraints, 'max_uses', both(a.max_uses, b.max_uses, Math.min))
    set(constraints, 'environment', both(a.environment, b.environment, intersectSets))
    set(constraints, 'data_class', both(a.data_class, b.data_class, intersectSets))
    return constraints
  }))
  return scope
}

/** One axis on which a child asks for what its parent does not have. */
export interface Excess {
  axis: string
  values: readonly (string | number)[]
}

/** What a child asks for beyond its parent, axis by axis; what either leaves out is no excess. */
export function excessOf(parent: Scope | null, child: Scope | null): Excess[] {
  if (!parent || !child) return []
  const [above, below] = [parent.constraints ?? {}, child.constraints ?? {}]
  const usesMax = above.max_uses ?? Infinity
  const found: Excess[] = [
    { axis: 'actions', values: beyond(parent.actions, child.actions, covered) },
    { axis: 'resources', values: beyond(parent.resources, child.resources, covered) },
    { axis: 'audience', values: beyond(parent.audience, child.audience, listed) },
    { axis: 'oauth_scopes', values: beyond(parent.oauth_scopes, child.oauth_scopes, listed) },
    { axis: 'max_uses', values: below.max_uses !== undefined && below.max_uses > usesMax ? [below.max_uses] : [] },
    { axis: 'environment', values: beyond(above.environment, below.environment, listed) },
    { axis: 'data_class', values: beyond(above.data_class, below.data_class, listed) },
  ]
  return found.filter(({ values }) => values.length > 0)
}

/** Whether nothing at all is limited: there is no scope, or each axis that it has takes everything. */
export function isUnbounded(scope: Scope | null): boolean {
  if (!scope) return true
  const { actions, resources, audience, oauth_scopes, constraints } = scope
  const open = (patterns: string[] | undefined) => patterns === undefined || patterns.includes('*')
  const unsaid = [audience, oauth_scopes, ...Object.values(constraints ?? {})].every((axis) => axis === undefined)
  return open(actions) && open(resources) && unsaid
}

type Has = (has: string[]) => (value: string) => boolean

function beyond(parent: string[] | undefined, child: string[] | undefined, has: Has): string[] {
  if (parent === undefined || child === undefined) return []
  const isHad = has(parent)
  return child.filter((value) => !isHad(value))
}

const listed: Has = (values) => {
  const those = new Set(values)
  return (value) => those.has(value)
}

const covered: Has = (patterns) => {
  const those = minimal(patterns)
  return (value) => isCovered(minimal([value])[0]!, those)
}

function both<T>(parent: T | undefined, child: T | undefined, meet: (a: T, b: T) => T): T | undefined {
  if (parent === undefined || child === undefined) return child ?? parent
  return meet(parent, child)
}

function set<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value
}

function intersectSets(a: string[], b: string[]): string[] {
  const those = new Set(a)
  return [...new Set(b.filter((value) => those.has(value)))].sort()
}

/** What both cover: of every pair that overlaps the narrower one. Sorted, and nothing in it covers another. */
function intersectPatterns(a: string[], b: string[]): string[] {
  const [these, those] = [minimal(a), minimal(b)]
  const met = [
    ...these.filter((pattern) => isCovered(pattern, those)),
    ...those.filter((pattern) => isCovered(pattern, these)),
  ]
  return minimal(met).map(textOf)
}

/** A pattern without its `*`, and whether it had one. */
interface Pattern {
  prefix: string
  open: boolean
}

/** Sorted by prefix, the open one first, without what another one covers: then whatever covers a text stands right before it. */
function minimal(patterns: readonly (string | Pattern)[]): Pattern[] {
  const sorted = patterns
    .map((p): Pattern => (typeof p !== 'string' ? p : p.endsWith('*') ? { prefix: p.slice(0, -1), open: true } : { prefix: p, open: false }))
    .sort((x, y) => compare(x.prefix, y.prefix) || Number(y.open) - Number(x.open))
  const kept: Pattern[] = []
  for (const pattern of sorted) {
    const last = kept.at(-1)
    if (last === undefined || !covers(last, pattern)) kept.push(pattern)
  }
  return kept
}

function isCovered(pattern: Pattern, by: readonly Pattern[]): boolean {
  let [low, high] = [0, by.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (by[middle]!.prefix <= pattern.prefix) low = middle + 1
    else high = middle
  }
  return low > 0 && covers(by[low - 1]!, pattern)
}

function covers(wide: Pattern, narrow: Pattern): boolean {
  return wide.open ? narrow.prefix.startsWith(wide.prefix) : wide.prefix === narrow.prefix && !narrow.open
}

function textOf({ prefix, open }: Pattern): string {
  return open ? `${prefix}*` : prefix
}
