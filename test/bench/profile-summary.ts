import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Where each process spent its time: by function, with what it calls (`total`) and without (`self`), as shares. */
export function profilesSummary(dir: string): string {
  return readdirSync(dir).filter((name) => name.endsWith('.cpuprofile')).sort()
    .map((name) => `${name}\n   total    self\n${lines(JSON.parse(readFileSync(join(dir, name), 'utf8')) as Profile).join('\n')}`).join('\n\n')
}

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

function lines({ nodes, samples, timeDeltas }: Profile): string[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const ofNode = new Map<number, number>()
  samples.forEach((id, i) => ofNode.set(id, (ofNode.get(id) ?? 0) + timeDeltas[i]!))
  const self = new Map<string, number>()
  const total = new Map<string, number>()
  let busy = 0
  for (const [id, us] of ofNode) {
    if (names.get(id) === '(idle)') continue
    busy += us
    self.set(names.get(id)!, (self.get(names.get(id)!) ?? 0) + us)
    const stack = new Set<string>()
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.add(names.get(at)!)
    for (const name of stack) total.set(name, (total.get(name) ?? 0) + us)
  }
  const share = (us: number | undefined) => `${(((us ?? 0) / busy) * 100).toFixed(1).padStart(5)} %`
  const shown = new Set([...greatest(total, 40), ...greatest(self, 20)])
  return [...total].filter(([name]) => shown.has(name)).sort((a, b) => b[1] - a[1])
    .map(([name, us]) => ` ${share(us)} ${share(self.get(name))}  ${name}`)
}

function greatest(of: ReadonlyMap<string, number>, count: number): string[] {
  return [...of].sort((a, b) => b[1] - a[1]).slice(0, count).map(([name]) => name)
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.startsWith('file:') ? relative(join(import.meta.dirname, '../..'), new URL(url).pathname).replace(/^.*node_modules\//, '') : url
  return `${functionName || '(anonymous)'} ${place === '' ? '' : `${place}:${lineNumber + 1}`}`.trim()
}
