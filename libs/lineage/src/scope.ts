import type { Scope } from '@onbehalf/events'

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

/** A trailing `*` matches any rest. */
export function matchesPattern(pattern: string, value: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value
}

function both<T>(parent: T | undefined, child: T | undefined, meet: (a: T, b: T) => T): T | undefined {
  if (parent === undefined || child === undefined) return child ?? parent
  return meet(parent, child)
}

function set<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value
}

function intersectSets(a: string[], b: string[]): string[] {
  return [...new Set(b.filter((value) => a.includes(value)))].sort()
}

function intersectPatterns(a: string[], b: string[]): string[] {
  const met = new Set<string>()
  for (const x of a)
    for (const y of b) {
      if (matchesPattern(x, y)) met.add(y)
      else if (matchesPattern(y, x)) met.add(x)
    }
  return [...met].sort()
}
