import { readConfigDocument, type ConfigDocument, type FieldError } from '@onbehalf/events'
import { readFileSync, statSync } from 'node:fs'
import { parse } from 'yaml'
import { StoreError } from '../store-error.ts'

/** Some 100,000 producers. */
const bytesMax = 16 << 20

/**
 * Reads the configuration document of a file: JSON, or YAML 1.2 (which JSON is part of).
 * @param known the rules that there are, by id
 * @throws StoreError `config_document_invalid` that names the file, and each pointer with the rule that it breaks
 */
export function readConfigurationFile(path: string, known: { rules: readonly string[] }): ConfigDocument {
  const read = readConfigDocument(parsed(path, textOf(path)), known)
  if (read.ok) return read.document
  const more = read.errors.length > 1 ? ` (and ${read.errors.length - 1} more)` : ''
  throw new StoreError('config_document_invalid', `${path}: ${sentence(read.errors[0]!)}${more}.`.replace(/\?\.$/, '?'), { file: path, errors: read.errors })
}

function textOf(path: string): string {
  try {
    const { size } = statSync(path)
    if (size > bytesMax) throw new StoreError('config_document_invalid', `${path} has ${size} bytes; a configuration document may have ${bytesMax}.`, { file: path })
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '')
  } catch (cause) {
    if (cause instanceof StoreError) throw cause
    throw new StoreError('config_document_invalid', `${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}).`, { file: path }, cause)
  }
}

function parsed(path: string, text: string): unknown {
  try {
    // A name that is given twice is an error, and so is an alias that unfolds into more than anybody would write.
    return path.endsWith('.json') ? JSON.parse(text) : parse(text, { maxAliasCount: 100, prettyErrors: true, logLevel: 'error' })
  } catch (cause) {
    const why = (cause as Error).message.split('\n', 1)[0]!.replace(/:$/, '')
    throw new StoreError('config_document_invalid', `${path} is not ${path.endsWith('.json') ? 'JSON' : 'YAML'}: ${why}.`, { file: path }, cause)
  }
}

function sentence({ path, rule, value }: FieldError): string {
  const shown = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? ` (it is ${JSON.stringify(value)})` : ''
  return `${path === '' ? 'the document' : path} ${rule}${shown}`
}
