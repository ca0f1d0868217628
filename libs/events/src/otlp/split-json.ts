import { encodeUtf8 } from '../utf8.ts'
import { createArena, type Arena } from './arena.ts'
import { JsonSlices } from './json-slices.ts'
import { layouts, strangers, type Layout } from './layout.ts'
import { Malformed } from './malformed.ts'
import type { OtlpSignal } from './split.ts'

/** One single-record request per record, its text as it was. @throws Malformed */
export function splitJson(body: Uint8Array, signal: OtlpSignal, recordsMax: number): Uint8Array[] {
  const layout = layouts[signal]
  const opened = openersOf(layout)
  const arena = createArena<Cut>(body, recordsMax, (cut) => measured(cut, opened), (cut, _, target, start) => written(cut, opened, body, target, start))
  const json = new JsonSlices(body)
  const top = new Rest()
  if (!json.isObject()) refuseValue(json, `must be a JSON object with ${layout.resources}`)
  level(json, top, layout, layout.resources, () => {
    const resource = new Rest()
    arena.countGroup(json.at)
    level(json, resource, layout, layout.scopes, () => {
      const scope = new Rest()
      arena.countGroup(json.at)
      level(json, scope, layout, layout.records, () => cutRecord(json, { top, resource, scope }, arena))
    })
  })
  json.end()
  return arena.records()
}

/** What stands beside the records: filled until the end of its level is reached. */
interface Around {
  top: Rest
  resource: Rest
  scope: Rest
}
interface Cut extends Around {
  from: number
  to: number
}

/** The members of an object before the list of what is within it, and those behind: each run as it came, commas and all. */
class Rest {
  readonly runs: [from: number, to: number][] = []
  isOpen = false

  add(from: number, to: number): void {
    if (this.isOpen) this.runs.at(-1)![1] = to
    else this.runs.push([from, to])
    this.isOpen = true
  }

  /** Each run with the comma that follows it. */
  get length(): number {
    return this.runs.reduce((length, [from, to]) => length + to - from + 1, 0)
  }

  write(body: Uint8Array, target: Uint8Array, start: number): number {
    let at = start
    for (const [from, to] of this.runs) {
      target.set(body.subarray(from, to), at)
      at += to - from
      target[at++] = comma
    }
    return at
  }
}

const comma = 0x2c

/** One object with a list of others in it. @param inner goes over one of them */
function level(json: JsonSlices, rest: Rest, layout: Layout, listName: string, inner: () => void): void {
  let given = false
  json.members((name, from) => {
    if (name !== listName) {
      refuseStranger(name, from, layout)
      rest.add(from, json.skip())
      return
    }
    if (given) throw new Malformed(`has ${listName} twice in one object`, from)
    given = true
    rest.isOpen = false
    // A member that is null is not there (protobuf's JSON mapping).
    if (json.isNull()) json.skip()
    else if (!json.isList()) refuseValue(json, `has ${listName} that is no list`)
    else json.elements(() => {
      if (!json.isObject()) refuseValue(json, `has something else than an object in ${listName}`)
      inner()
    })
  })
}

/** What is no JSON is told so first. */
function refuseValue(json: JsonSlices, rule: string): never {
  const { at } = json
  json.skip()
  throw new Malformed(rule, at)
}

function cutRecord(json: JsonSlices, around: Around, arena: Arena<Cut>): void {
  const from = json.at
  const to = json.skip()
  arena.add({ ...around, from, to })
}

/** What would be lost unseen: another signal, and names as no OTLP/JSON has them. */
function refuseStranger(name: string | null, at: number, layout: Layout): void {
  if (name === null) return
  const other = Object.values(layouts).find(({ resources }) => resources === name)
  if (other !== undefined) throw new Malformed(`holds ${name}, and no ${other.record} is a ${layout.record}; ${other.record}s go to ${other.path}`, at)
  if (name === 'resourceMetrics' || name === 'resourceProfiles') throw new Malformed(`holds ${name}, and must hold ${layout.resources}`, at)
  if (Object.hasOwn(strangers, name)) throw new Malformed(`has ${name}, which OTLP/JSON calls ${strangers[name]}`, at)
}

interface Openers {
  top: Uint8Array
  resources: Uint8Array
  scopes: Uint8Array
  records: Uint8Array
  end: Uint8Array
}

function openersOf({ resources, scopes, records }: Layout): Openers {
  const [top, ...lists] = ['{', `"${resources}":[{`, `"${scopes}":[{`, `"${records}":[`].map(encodeUtf8) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  return { top, resources: lists[0], scopes: lists[1], records: lists[2], end: encodeUtf8(']}]}]}') }
}

function measured({ top, resource, scope, from, to }: Cut, opened: Openers): number {
  const frame = opened.top.length + opened.resources.length + opened.scopes.length + opened.records.length + opened.end.length
  return frame + top.length + resource.length + scope.length + to - from
}

function written({ top, resource, scope, from, to }: Cut, opened: Openers, body: Uint8Array, target: Uint8Array, start: number): void {
  let at = start
  const put = (part: Uint8Array) => {
    target.set(part, at)
    at += part.length
  }
  put(opened.top)
  at = top.write(body, target, at)
  put(opened.resources)
  at = resource.write(body, target, at)
  put(opened.scopes)
  at = scope.write(body, target, at)
  put(opened.records)
  put(body.subarray(from, to))
  put(opened.end)
}
