import { describe, expect, test } from 'vitest'
import { Generations } from './generations.ts'

const ofOne = (weight_max: number) => new Generations<number>(weight_max, () => 1)

describe('a bounded map', () => {
  test('forgets nothing between two calls of age', () => {
    const map = ofOne(4)
    for (let i = 0; i < 100; i++) map.set(`${i}`, i)
    expect(map.get('0')).toBe(0)
    expect(map.get('99')).toBe(99)
  })

  test('forgets what was not touched for two generations, and keeps what was', () => {
    const map = ofOne(4)
    for (const key of ['a', 'b']) map.set(key, 1)
    map.age()
    expect(map.get('a')).toBe(1)
    map.set('c', 1)
    map.age()
    map.set('d', 1)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 1])
  })

  test('does not grow with what passes through', () => {
    const map = ofOne(10)
    for (let i = 0; i < 10_000; i++) {
      map.set(`${i}`, i)
      map.age()
    }
    let held = 0
    for (let i = 0; i < 10_000; i++) if (map.get(`${i}`) !== undefined) held++
    expect(held).toBeLessThanOrEqual(10)
  })

  test('forgets all when told to', () => {
    const map = ofOne(2)
    map.set('a', 1)
    map.age()
    map.clear()
    expect([map.get('a'), map.weight]).toEqual([undefined, 0])
  })
})
