import { createArena, type Arena } from './arena.ts'
import { layouts, librariesField, recordsField, resourcesField, scopesField, type Layout } from './layout.ts'
import { Malformed } from './malformed.ts'
import { bytes, Fields, varintLength, wireName, writeVarint } from './protobuf.ts'
import type { OtlpSignal } from './split.ts'

/** One single-record request per record. @throws Malformed */
export function splitProto(body: Uint8Array, signal: OtlpSignal, recordsMax: number): Uint8Array[] {
  const layout = layouts[signal]
  const arena = createArena<Cut>(body, recordsMax, measured, written)
  const top = restOf(body, 0, body.length, resourcesField)
  for (const resources = new Fields(body); resources.next();) {
    if (resources.number !== resourcesField) continue
    arena.countGroup(resources.from)
    resources.expect(bytes)
    cutResource(body, resources, { top, resource: none, scope: none }, layout, arena)
  }
  return arena.records()
}

/** One record, and what stands around it: the fields of each level beside the records, as they came, those of one level together. */
interface Around {
  top: Uint8Array
  resource: Uint8Array
  scope: Uint8Array
}
interface Cut extends Around {
  /** With its tag and length. */
  from: number
  to: number
}

const none = new Uint8Array(0)

function cutResource(body: Uint8Array, { at, to }: Fields, around: Around, layout: Layout, arena: Arena<Cut>): void {
  const resource = restOf(body, at, to, scopesField, librariesField)
  for (const scopes = new Fields(body, at, to); scopes.next();) {
    if (scopes.number !== scopesField) continue
    arena.countGroup(scopes.from)
    scopes.expect(bytes)
    const scope = restOf(body, scopes.at, scopes.to, recordsField)
    for (const records = new Fields(body, scopes.at, scopes.to); records.next();) {
      if (records.number !== recordsField) continue
      records.expect(bytes)
      checkRecord(body, records.at, records.to, layout)
      arena.add({ top: around.top, resource, scope, from: records.from, to: records.to })
    }
  }
}

/** The fields of a message but those with this number. Twice over the fields: a message of nothing but fields must not cost more than its bytes. */
function restOf(body: Uint8Array, from: number, to: number, number: number, refused?: number): Uint8Array {
  let length = 0
  for (const fields = new Fields(body, from, to); fields.next();) {
    if (fields.number === refused) throw new Malformed('is of OTLP before 0.15: it has libraries (field 1000) where scopes should be', fields.from)
    if (fields.number !== number) length += fields.to - fields.from
  }
  if (length === 0) return none
  if (length === to - from) return body.subarray(from, to)
  const rest = new Uint8Array(length)
  let at = 0
  for (const fields = new Fields(body, from, to); fields.next();) {
    if (fields.number === number) continue
    rest.set(body.subarray(fields.from, fields.to), at)
    at += fields.to - fields.from
  }
  return rest
}

/** Nothing in protobuf says what a message is; but what fields of a known number are made of gives others away. */
function checkRecord(body: Uint8Array, from: number, to: number, layout: Layout): void {
  for (const fields = new Fields(body, from, to); fields.next();) {
    const wire = layout.wires[fields.number]
    if (wire === undefined || wire === fields.wire) continue
    for (const other of Object.values(layouts)) {
      if (other === layout || !fits(body, from, to, other)) continue
      throw new Malformed(`holds a ${other.record} where a ${layout.record} should be; ${other.record}s go to ${other.path}`, from)
    }
    throw new Malformed(`holds no ${layout.record}: its field ${fields.number} is ${wireName(fields.wire)}, and that of a ${layout.record} is ${wireName(wire)}`, fields.from)
  }
}

function fits(body: Uint8Array, from: number, to: number, { wires }: Layout): boolean {
  for (const fields = new Fields(body, from, to); fields.next();) if ((wires[fields.number] ?? fields.wire) !== fields.wire) return false
  return true
}

/** Tags of `resource_spans` and of `scope_spans`, both with a length. */
const resourcesTag = resourcesField * 8 + bytes
const scopesTag = scopesField * 8 + bytes

function lengthsOf({ resource, scope, from, to }: Cut): { inResource: number; inScope: number } {
  const inScope = scope.length + to - from
  return { inScope, inResource: resource.length + 1 + varintLength(inScope) + inScope }
}

function measured(cut: Cut): number {
  const { inResource } = lengthsOf(cut)
  return cut.top.length + 1 + varintLength(inResource) + inResource
}

function written(cut: Cut, body: Uint8Array, target: Uint8Array, start: number): void {
  const { top, resource, scope, from, to } = cut
  const { inResource, inScope } = lengthsOf(cut)
  target.set(top, start)
  let at = start + top.length
  target[at++] = resourcesTag
  at = writeVarint(target, at, inResource)
  target.set(resource, at)
  at += resource.length
  target[at++] = scopesTag
  at = writeVarint(target, at, inScope)
  target.set(scope, at)
  target.set(body.subarray(from, to), at + scope.length)
}
