import fc from 'fast-check'

type Json = Record<string, unknown>

/** Values that are wrong nearly everywhere, each in its own way. */
const nasty: unknown[] = [
  null, true, false, 0, -1, 1.5, 2 ** 60, '', 'x', 'x'.repeat(256), 'x'.repeat(1_025), 'é'.repeat(9_000),
  'a\0b', 'a\u001bb', 'line\nbreak', '\ud800', '2026-02-30T00:00:00Z', '2026-02-03T04:05:06+01:00',
  [], [1], {}, { kind: 'root' }, { '\0': 1 }, { sub: 'anna', kind: 'user' }, [{ sub: 'anna', kind: 'user' }],
  JSON.parse('{"__proto__":{"x":1},"constructor":5}'),
]

/** An event or its data, changed at up to `max` random places: members removed, replaced, moved, added. */
export function mutated(value: Json, max = 3): fc.Arbitrary<Json> {
  const mutation = fc.record({
    at: fc.nat(1_000_000),
    how: fc.constantFrom('remove', 'replace', 'random', 'add', 'repeat'),
    nasty: fc.constantFrom(...nasty),
    random: fc.jsonValue({ maxDepth: 3 }),
  })
  return fc.array(mutation, { maxLength: max }).map((mutations) => {
    const copy = structuredClone(value)
    for (const { at, how, nasty: shared, random } of mutations) {
      const bad = structuredClone(shared)
      const places = placesOf(copy)
      if (places.length === 0) break
      const { holder, name } = places[at % places.length]!
      if (how === 'remove') {
        if (Array.isArray(holder)) holder.splice(Number(name), 1)
        else delete holder[name]
      } else if (how === 'add') {
        if (Array.isArray(holder)) holder.push(bad)
        else holder['extra'] = bad
      } else if (how === 'repeat') {
        holder[name as never] = [holder[name as never], structuredClone(holder[name as never])] as never
      } else {
        holder[name as never] = (how === 'replace' ? bad : random) as never
      }
    }
    return copy
  })
}

interface Place {
  holder: Json | unknown[]
  name: string
}

/** Every member of every object and list within. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Json
  return Object.keys(holder).flatMap((name) => [{ holder, name } as Place, ...placesOf(holder[name])])
}
