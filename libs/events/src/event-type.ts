import type { z } from 'zod'

/** What a producer can be registered for. `inventory`, `grants` and `heartbeat` are not legs of an action. */
export type Leg =
  | 'initiator' | 'delegation' | 'decision' | 'approval' | 'execution' | 'outcome'
  | 'inventory' | 'grants' | 'heartbeat'

/** One type of event: everything that is known of it stands in its file under `catalogue/`. */
export interface EventDefinition<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  /** Without `onbehalf.` and the version: `action.requested`. */
  type: Type
  /** The newest version, which `schema` describes. A version is never reshaped. */
  version: number
  title: string
  /** One line: what it says. */
  doc: string
  /** The leg whose registered owner says it with the weight of an observation; null where nobody owns it. */
  leg: Leg | null
  /** `onbehalf`: read only from entries of kind `own`, so that nobody else can say it. `mapping`: only made of foreign records. */
  saidBy: 'anyone' | 'onbehalf' | 'mapping'
  schema: Data
  /** Complete and valid: the documentation shows it and the tests send it. */
  example: z.input<Data>
  /** Older versions, each lifted to the next one; `{}` while there is only one. */
  upcasters: Record<number, Upcaster>
}

/** Lifts data of one version, valid by its own schema, to the next. */
export interface Upcaster {
  schema: z.ZodType
  upcast(data: object): object
}

export function defineEvent<const Type extends string, Data extends z.ZodType>(
  definition: Omit<EventDefinition<Type, Data>, 'version' | 'upcasters' | 'saidBy'> &
    Partial<Pick<EventDefinition<Type, Data>, 'version' | 'upcasters' | 'saidBy'>>,
): EventDefinition<Type, Data> {
  return { version: 1, upcasters: {}, saidBy: 'anyone', ...definition }
}

/** The `type` attribute of a CloudEvent: `onbehalf.action.requested.v1`. */
export function wireType(definition: { type: string; version: number }, version = definition.version): string {
  return `onbehalf.${definition.type}.v${version}`
}
