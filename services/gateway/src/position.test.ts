import type { Produced } from '@onbehalf/stream'
import { expect, test } from 'vitest'
import { formatPosition } from './position.ts'

const at = (topic: string, partition: number, offset: bigint): Produced => ({ topic, partition, offset })

test('the greatest offset of each partition, sorted', () => {
  expect(formatPosition([at('b', 1, 9n), at('a', 0, 17n), at('b', 1, 10n), at('a', 0, 3n)])).toBe('a/0@17,b/1@10')
  expect(formatPosition([at('a', 0, 0n)])).toBe('a/0@0')
  expect(formatPosition([at('a', 0, 2n ** 62n)])).toBe('a/0@4611686018427387904')
  expect(formatPosition([])).toBe('')
})
