import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  envelopeSchema, eventTypes, exampleOf, jsonSchemaOf, wireType, type EventDefinition, type EventType,
} from '@onbehalf/events'

/**
 * Writes what is told of the events from the catalogue alone: a JSON Schema and a page for each type.
 *
 * @param root of the repository
 * @returns the files, relative to `root`, that differed; with `check` nothing is written
 */
export async function generateEvents(root: string, { check }: { check: boolean }): Promise<string[]> {
  const wanted = new Map([
    ...types.map((type): [string, string] => [`${schemaDir}/${type}.json`, schemaFile(type)]),
    ...types.map((type): [string, string] => [`${docsDir}/${type}.md`, typePage(type)]),
    [`${docsDir}/envelope.md`, envelopePage()],
    [`${docsDir}/blocks.md`, blocksPage()],
    [`${docsDir}/README.md`, indexPage()],
  ])
  const differing: string[] = []
  for (const [path, content] of wanted) {
    if ((await readFile(join(root, path), 'utf8').catch(() => null)) !== content) differing.push(path)
  }
  for (const dir of [schemaDir, docsDir]) {
    for (const name of await readdir(join(root, dir)).catch(() => [])) {
      if (!wanted.has(`${dir}/${name}`)) differing.push(`${dir}/${name}`)
    }
  }
  if (check) return differing
  for (const path of differing) {
    const content = wanted.get(path)
    await mkdir(join(root, path, '..'), { recursive: true })
    await (content === undefined ? rm(join(root, path)) : writeFile(join(root, path), content))
  }
  return differing
}

const schemaDir = 'libs/events/schemas'
const docsDir = 'docs/events'
const types = Object.keys(eventTypes) as EventType[]

interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  $ref?: string
  $comment?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  oneOf?: Schema[]
  additionalProperties?: Schema
  $defs?: Record<string, Schema>
}

function schemaFile(type: EventType): string {
  return `${JSON.stringify(jsonSchemaOf(type), null, 2)}\n`
}

function typePage(type: EventType): string {
  const definition: EventDefinition = eventTypes[type]
  const schema = jsonSchemaOf(type) as Schema
  return page(
    `# ${definition.title}`,
    `\`${wireType(definition)}\``,
    `${definition.doc}.`,
    `**Who may say it.** ${speaker(definition)}`,
    '## Data',
    'Other fields are kept and ignored.',
    table(schema.properties!['data']!, true),
    '## Example',
    `\`\`\`json\n${JSON.stringify(exampleOf(type), null, 2)}\n\`\`\``,
    `JSON Schema: [${type}.json](../../${schemaDir}/${type}.json). ` +
      'The attributes around `data`: [envelope](envelope.md).',
  )
}

function speaker({ leg, saidBy }: EventDefinition): string {
  if (saidBy === 'onbehalf') return 'Onbehalf itself, in the log `own` of the tenant; from anybody else it is refused.'
  if (saidBy === 'mapping') return 'Nobody: it is made by Onbehalf from OpenTelemetry spans and log records; from anybody else it is refused.'
  if (leg === null) return 'Any producer; no registration is needed.'
  return `Any producer. From one that is registered for \`${leg}\` it is an observation, from another an assertion.`
}

function envelopePage(): string {
  return page(
    '# Envelope',
    'An event is a CloudEvent 1.0: these attributes, and `data` as its type says. ' +
      'Other attributes are kept and ignored.',
    table(envelopeSchema() as Schema, true),
    '## Limits',
    [
      '- an event: 1 MiB; objects and lists within each other: 128; actors within an `act` claim: 64',
      '- a string: 16 KiB of UTF-8, unless its type says otherwise; a list: 1,000 items',
      '- nowhere: NUL, half of a surrogate pair, a number beyond a 64-bit float',
      '- in ids, names and attributes: no control characters',
    ].join('\n'),
    '## Modes',
    'Structured mode and binary mode (Kafka headers `ce_<name>` in UTF-8; HTTP headers `ce-<name>`, percent-encoded) ' +
      'give the same event. An attribute that is null counts as absent. A JSON name that is given twice counts once, ' +
      'with its last value.',
  )
}

function blocksPage(): string {
  const blocks = new Map<string, Schema>()
  for (const type of types) {
    for (const [name, block] of Object.entries((jsonSchemaOf(type) as Schema).$defs ?? {})) blocks.set(name, block)
  }
  const sections = [...blocks].sort().map(([name, block]) =>
    page(
      `## ${name}`,
      ...(block.description ? [`${block.description}.`] : []),
      block.oneOf ? block.oneOf.map((option) => table(option)).join('\n\n')
      : block.properties ? table(block)
      : `${upperFirst(block.$comment ?? block.type ?? 'anything')}.`,
    ),
  )
  return page('# Blocks', 'What the fields of events are made of.', ...sections.map((section) => section.trimEnd()))
}

const speakers: Partial<Record<EventDefinition['saidBy'], string>> = { onbehalf: 'Onbehalf', mapping: 'made from spans and log records' }

function indexPage(): string {
  const rows = types.map((type) => {
    const definition: EventDefinition = eventTypes[type]
    const by = speakers[definition.saidBy] ?? definition.leg ?? 'anyone'
    return `| [\`${type}\`](${type}.md) | ${definition.doc} | ${by} |`
  })
  return page(
    '# Events',
    'Every type that Onbehalf understands. Around each stands the [envelope](envelope.md); ' +
      'what fields are made of is in [blocks](blocks.md).',
    ['| type | what it says | leg, or who says it |', '| --- | --- | --- |', ...rows].join('\n'),
    'Generated from `libs/events/src/catalogue` by `npm run generate`.',
  )
}

function table(schema: Schema, anchors = false): string {
  return ['| field | | what | |', '| --- | --- | --- | --- |', ...rows(schema, '', anchors)].join('\n')
}

/** `anchors`: errors of `read` link to the field. */
function rows(schema: Schema, prefix: string, anchors: boolean): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name
    const anchor = anchors ? `<a id="${name}"></a>` : ''
    const required = schema.required?.includes(name) ? 'required' : ''
    const row = `| ${anchor}\`${path}\` | ${required} | ${typeOf(field)} | ${cell(field.description ?? '')} |`
    return [row, ...rows(field, `${path}.`, false), ...rows(field.items ?? {}, `${path}[].`, false)]
  })
}

function typeOf(field: Schema): string {
  if (field.$ref) {
    const block = field.$ref.slice('#/$defs/'.length)
    return `[${block}](blocks.md#${block.toLowerCase()})`
  }
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(' ')
  if (field.type === 'array') return `list of ${typeOf(field.items ?? {})}`
  if (field.$comment) return cell(field.$comment)
  if (field.type === 'object' && field.additionalProperties && Object.keys(field.additionalProperties).length > 0) {
    return `object of ${typeOf(field.additionalProperties)}`
  }
  return field.type ?? 'any JSON'
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function page(...blocks: string[]): string {
  return `${blocks.join('\n\n')}\n`
}
