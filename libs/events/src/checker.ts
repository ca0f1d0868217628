import type { z } from 'zod'

/** Answers what `schema.safeParse(value).success` answers, for the parts of zod that the catalogue uses. */
export type Check = (value: unknown) => boolean

/**
 * Turns a schema into a function that only says yes or no: it makes no copy, no error and no object, and stops at the
 * first fault. `read` asks zod, which knows why, only about what this refuses. E12 holds the two together.
 *
 * Throws, when the catalogue is loaded, on a part of zod that it does not know.
 */
export function compile(schema: z.core.$ZodType): Check {
  const { def } = (schema as z.core.$ZodTypes)._zod
  return withChecks(shapeOf(def), def.checks ?? [])
}

function shapeOf(def: z.core.$ZodTypes['_zod']['def']): Check {
  switch (def.type) {
    case 'unknown':
      return () => true
    case 'string':
      return (value) => typeof value === 'string'
    case 'number':
      return (value) => typeof value === 'number' && Number.isFinite(value)
    case 'boolean':
      return (value) => typeof value === 'boolean'
    case 'enum':
      return memberOf(Object.values(def.entries))
    case 'literal':
      return memberOf(def.values)
    case 'optional': {
      const inner = compile(def.innerType)
      return (value) => value === undefined || inner(value)
    }
    case 'array': {
      const item = compile(def.element)
      return (value) => Array.isArray(value) && value.every(item)
    }
    case 'object':
      return objectOf(def.shape)
    case 'record': {
      const [key, item] = [compile(def.keyType), compile(def.valueType)]
      return (value) =>
        isObject(value) && Object.keys(value).every((name) => name === '__proto__' || (key(name) && item(value[name])))
    }
    case 'union': {
      const options = def.options.map(compile)
      return (value) => options.some((option) => option(value))
    }
    default:
      throw new Error(`checker: zod's ${def.type} is not supported`)
  }
}

function objectOf(shape: z.core.$ZodLooseShape): Check {
  const names = Object.keys(shape)
  const checks = names.map((name) => compile(shape[name]!))
  return (value) => {
    if (!isObject(value)) return false
    for (let i = 0; i < names.length; i++) if (!checks[i]!(value[names[i]!])) return false
    return true
  }
}

function withChecks(shape: Check, checks: z.core.$ZodCheck[]): Check {
  return checks.reduce((before, check) => {
    const test = testOf((check as z.core.$ZodChecks)._zod.def)
    return (value) => before(value) && test(value)
  }, shape)
}

function testOf(def: z.core.$ZodChecks['_zod']['def'] | { check: 'custom'; fn: Check }): Check {
  switch (def.check) {
    case 'custom':
      return def.fn as Check
    case 'max_length':
      return (value) => (value as unknown[]).length <= def.maximum
    case 'min_length':
      return (value) => (value as unknown[]).length >= def.minimum
    default:
      throw new Error(`checker: zod's check ${def.check} is not supported`)
  }
}

function memberOf(values: readonly unknown[]): Check {
  const members = new Set(values)
  return (value) => members.has(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
