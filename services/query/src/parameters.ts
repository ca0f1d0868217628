import { nearestName } from '@onbehalf/runtime'
import { z } from 'zod'

/**
 * The query parameters of an endpoint. One that it does not know is refused: a filter that is silently ignored is an
 * answer to another question.
 * @param refused parameters that people will look for, each with what to tell them
 */
export function query<Shape extends z.ZodRawShape>(shape: Shape, refused: Record<string, string> = {}) {
  const known = Object.keys(shape)
  return z.looseObject(shape).superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      if (known.includes(name)) continue
      const near = nearestName(name.slice(0, 100), known)
      const rule = refused[name]
        ?? `is not a parameter of this endpoint${near === null ? '' : `; did you mean ${near}?`}${known.length > 0 ? ` (it takes ${known.join(', ')})` : ' (it takes none)'}`
      context.addIssue({ code: 'custom', path: [name.slice(0, 100)], message: rule })
    }
  })
}
