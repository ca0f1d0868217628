import { frameBinary, fromHttpHeaders, type EntryKind } from '@onbehalf/events'
import { OnbehalfError } from '@onbehalf/runtime'
import type { ContentMode } from './content-mode.ts'
import { sliceJsonArray } from './json-array.ts'

/** One event of a request, as the bytes that go into the journal. */
export interface Entry {
  kind: Extract<EntryKind, 'cloudevent' | 'cloudevent-binary'>
  content: Uint8Array
}

/**
 * Cuts a request into entries without re-encoding anything.
 * @param rawHeaders name, value, name, value … as Node has them, so that a repeated header is seen as one
 * @throws OnbehalfError `unparsable`, `request_too_large` (too many events)
 */
export function entriesOf(mode: ContentMode, rawHeaders: readonly string[], body: Buffer, batchEventsMax: number): Entry[] {
  switch (mode) {
    case 'structured':
      return [{ kind: 'cloudevent', content: body }]
    case 'binary':
      return [{ kind: 'cloudevent-binary', content: frameBinary(fromHttpHeaders(pairs(rawHeaders)), body) }]
    case 'sniffed':
      return entriesOf(firstCharacter(body) === '[' ? 'batch' : 'structured', rawHeaders, body, batchEventsMax)
    case 'batch': {
      const slicing = sliceJsonArray(body, batchEventsMax + 1)
      if (!slicing.ok) throw new OnbehalfError('unparsable', `The batch is not a JSON array: ${slicing.reason} (at byte ${slicing.at}).`, { details: { at: slicing.at } })
      if (slicing.elements.length > batchEventsMax) {
        throw new OnbehalfError('request_too_large', `The batch has more than ${batchEventsMax} events.`, { details: { batch_events_max: batchEventsMax } })
      }
      return slicing.elements.map((content) => ({ kind: 'cloudevent', content }))
    }
  }
}

function* pairs(rawHeaders: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) yield [rawHeaders[i]!, rawHeaders[i + 1]!]
}

const firstCharacter = (body: Buffer): string => body.toString('latin1', 0, 64).replace(/^\xef\xbb\xbf/, '').trimStart().charAt(0)
