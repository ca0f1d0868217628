import { OnbehalfError } from '@onbehalf/runtime'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { asOf } from './as-of.ts'
import { parsePosition } from './at-least.ts'
import { renderMarkdown } from './docs/markdown.ts'
import { formsOf, pastedId, pastedTraceId, traceIdIn } from './ids.ts'
import { formOf } from './media-type.ts'
import { cursorText, readCursor, writeCursor } from './paging.ts'
import { createSegmentCache } from './segment-cache.ts'

describe('cursors', () => {
  const place = z.tuple([cursorText, z.int()])
  test('come back as they were written, and are no other list\'s', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }).filter((text) => cursorText.safeParse(text).success), fc.integer(), (text, number) => {
      const cursor = writeCursor('a', [text, number])
      expect(readCursor('a', place, cursor)).toEqual([text, number])
      expect(() => readCursor('b', place, cursor)).toThrow(OnbehalfError)
    }))
  })
  test('anything else is refused as a parameter, whatever it is', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      expect(() => readCursor('a', place, text)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    }))
  })
})

describe('ids', () => {
  test('a trace id in any form is the same one', () => {
    const id = '0af7651916cd43dd8448eb211c80319c'
    for (const form of [id, id.toUpperCase(), ` ${id}\n`, '0af76519-16cd-43dd-8448-eb211c80319c', `00-${id}-b7ad6b7169203331-01`]) expect(traceIdIn(form)).toBe(id)
    for (const form of ['', id.slice(1), `${id}0`, '0'.repeat(32), 'g'.repeat(32), `00-${id}`]) expect(pastedTraceId.safeParse(form).success).toBe(false)
  })
  test('only what looks like hex digits is looked for in lower case as well', () => {
    expect(formsOf('D-0AF7651916CD43DD8448EB211C80319C')).toEqual(['D-0AF7651916CD43DD8448EB211C80319C', 'd-0af7651916cd43dd8448eb211c80319c'])
    expect(formsOf('Act-Refund-17')).toEqual(['Act-Refund-17'])
    expect(formsOf('550E8400-E29B-41D4-A716-446655440000')).toHaveLength(2)
  })
  test('control characters and lone surrogates are in no id', () => {
    for (const bad of ['', '  ', 'a\u0000', 'a\u001fb', 'a\u0085', '\ud800', 'x'.repeat(1_025)]) expect(pastedId.safeParse(bad).success).toBe(false)
    expect(pastedId.parse(' 漢 字 ')).toBe('漢 字')
  })
})

describe('as_of', () => {
  test('becomes UTC with exactly six digits, cut and not rounded', () => {
    expect(asOf.parse('2026-11-24T09:00:00Z')).toBe('2026-11-24T09:00:00.000000Z')
    expect(asOf.parse('2026-11-24T11:00:00.123456789+02:00')).toBe('2026-11-24T09:00:00.123456Z')
    expect(asOf.parse('2026-11-24T11:00:00 02:00')).toBe('2026-11-24T09:00:00.000000Z')
    expect(asOf.parse('2026-11-24 09:00:00Z')).toBe('2026-11-24T09:00:00.000000Z')
    expect(asOf.parse(undefined)).toBeUndefined()
    for (const bad of ['', '2026-11-24', 'now', '2026-02-30T00:00:00Z']) expect(asOf.safeParse(bad).success).toBe(false)
  })
})

describe('at_least', () => {
  test('keeps the greatest offset of each partition', () => {
    expect(parsePosition('a.b-c_d/0@5, a.b-c_d/0@7,,x/12@0')).toEqual([
      { topic: 'a.b-c_d', partition: 0, offset: 7n }, { topic: 'x', partition: 12, offset: 0n },
    ])
    expect(parsePosition('')).toEqual([])
  })
  test('is a position or refused, whatever was sent', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      try {
        for (const { partition } of parsePosition(text)) expect(partition).toBeGreaterThanOrEqual(0)
      } catch (error) {
        expect(error).toMatchObject({ code: 'position_invalid' })
      }
    }))
  })
})

describe('media types', () => {
  test.each([
    [undefined, 'json'], ['*/*', 'json'], ['application/x-ndjson', 'ndjson'], ['application/json, application/x-ndjson', 'json'],
    ['application/json;q=0.5, application/x-ndjson', 'ndjson'], ['application/*;q=0.2, application/json;q=0', 'ndjson'], ['text/html, */*;q=0.1', 'json'],
  ])('%s is answered as %s', (accept, form) => {
    expect(formOf(accept, ['json', 'ndjson'])).toBe(form)
  })
  test('nothing that fits is an error with what there is', () => {
    expect(() => formOf('text/csv')).toThrow(expect.objectContaining({ code: 'not_acceptable', details: { accepted: ['application/json'] } }))
  })
})

describe('the cache of segments', () => {
  const segment = { count: 0 } as never
  test('is bounded in bytes, drops what was used least recently, and keeps nothing for long', () => {
    let now = 0
    const cache = createSegmentCache({ bytesMax: 100, ageMsMax: 10, now: () => now, sizeOf: () => 25 })
    for (const id of ['a', 'b', 'c', 'd']) cache.set(id, segment)
    cache.get('a')
    cache.set('e', segment)
    expect(cache.bytes).toBe(100)
    expect(['a', 'b', 'c', 'd', 'e'].filter((id) => cache.get(id) !== undefined)).toEqual(['a', 'c', 'd', 'e'])
    cache.set('e', segment)
    expect(cache.bytes).toBe(100)
    now = 10
    for (const id of ['a', 'c', 'd', 'e']) expect(cache.get(id)).toBeUndefined()
    expect(cache.bytes).toBe(0)
  })
  test('does not give all of its room to one segment', () => {
    const cache = createSegmentCache({ bytesMax: 100, ageMsMax: 10, sizeOf: () => 26 })
    cache.set('a', segment)
    expect(cache.get('a')).toBeUndefined()
  })
})

describe('markdown', () => {
  test('shows what it does not know as it stands, and never as markup', () => {
    expect(renderMarkdown('# A & B\n\n<script>x</script> `<b>` **bold**')).toBe('<h1 id="a--b">A &amp; B</h1>\n<p>&lt;script&gt;x&lt;/script&gt; <code>&lt;b&gt;</code> <strong>bold</strong></p>')
    expect(renderMarkdown('[x](javascript:alert(1)) [y](a.md#b)', (href) => `/${href}`)).toBe('<p>[x](javascript:alert(1)) <a href="/a.md#b">y</a></p>')
  })
  test('tables keep anchors and escaped bars', () => {
    expect(renderMarkdown('| a | |\n| --- | --- |\n| <a id="f"></a>`f` | `x` \\| y |')).toBe('<table><thead><tr><th>a</th><th></th></tr></thead><tbody><tr><td><a id="f"></a><code>f</code></td><td><code>x</code> | y</td></tr></tbody></table>')
  })
  test('ends, and lets no tag through, whatever it is given', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('#', '`', '|', '-', ' ', '\n', '<', '>', 'a', '*', '[', ']', '(', ')', '\u0000', '1', '.') }), (text) => {
      const tags = renderMarkdown(text).match(/<[^>]*>/g) ?? []
      for (const tag of tags) expect(tag).toMatch(/^<\/?(h\d|p|pre|code|table|thead|tbody|tr|th|td|ul|ol|li|a|strong|em)( (id|href)="[^"]*")?>$/)
    }))
  })
})
