import { JsonSlices } from './json-slices.ts'
import { Malformed } from './malformed.ts'
import { splitJson } from './split-json.ts'
import { splitProto } from './split-proto.ts'

export type OtlpSignal = 'traces' | 'logs'
export type OtlpEncoding = 'proto' | 'json'

/**
 * Cuts an Export{Trace,Logs}ServiceRequest (the same bytes as TracesData / LogsData) into one single-record TracesData /
 * LogsData per span or log record, each with its resource and scope, without re-encoding what it does not know.
 *
 * Takes linear time. The records share one buffer. A resource is repeated with every one of its records, so all of them
 * together are held to 1 MiB and 32 times the request, or 64 MiB and three times the request where that is less.
 * @param recordsMax more records are an error with `tooMany`, and so are more resources and scopes
 */
export function splitOtlp(body: Uint8Array, signal: OtlpSignal, encoding: OtlpEncoding, recordsMax: number):
  | { ok: true; records: Uint8Array[] }
  | { ok: false; rule: string; at?: number; tooMany?: true } {
  try {
    return { ok: true, records: encoding === 'proto' ? splitProto(body, signal, recordsMax) : splitJson(body, signal, recordsMax) }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const { message, at, tooMany } = error
    return { ok: false, rule: message, ...(at !== undefined && { at }), ...(tooMany && { tooMany: true }) }
  }
}

/**
 * By the first byte that is no white space: protobuf would have a group with number 15 there. A line feed is the tag that
 * most requests in protobuf begin with, and `{` may be its length: then it is JSON only if it is JSON to the end.
 */
export function sniffEncoding(bytes: Uint8Array): OtlpEncoding {
  const json = new JsonSlices(bytes)
  if (!json.isObject()) return 'proto'
  if (bytes[0] !== 0x0a) return 'json'
  try {
    json.skip()
    json.end()
    return 'json'
  } catch {
    return 'proto'
  }
}
