import { OnbehalfError, isErrorCode } from '@onbehalf/runtime'
import { parsed, problem, unreachable, type Server } from './server.ts'

export interface ImportCounts {
  /** All lines up to here are dealt with. */
  lines: number
  accepted: number
  refused: number
  position: string
}

export interface RefusedLine {
  line: number
  errors: { path: string; rule: string }[]
}

export interface UploadOptions {
  /** As it is in the file: plain, or packed with gzip or zstd. */
  body: AsyncIterable<Uint8Array>
  encoding: 'gzip' | 'zstd' | null
  fromLine: number
  /** Names the import. */
  key: string
  onRefused: (refused: RefusedLine) => void
  onProgress: (counts: ImportCounts) => void
}

/**
 * One attempt at an import: sends the file and reads the report that comes meanwhile. What breaks is an answer too: what was taken
 * until then stays taken.
 * @throws OnbehalfError when nothing was begun, with the server's code
 */
export async function uploadImport(server: Server, { body, encoding, fromLine, key, onRefused, onProgress }: UploadOptions): Promise<ImportCounts & { error?: OnbehalfError }> {
  let response: Response
  try {
    response = await fetch(`${server.gatewayUrl}/v1/import?from_line=${fromLine}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.token}`, 'content-type': 'application/x-ndjson', 'idempotency-key': key, ...(encoding !== null && { 'content-encoding': encoding }),
      },
      body: body as unknown as NonNullable<RequestInit['body']>,
      duplex: 'half',
      redirect: 'error',
    })
  } catch (cause) {
    throw unreachable(server.gatewayUrl, cause)
  }
  if (response.status !== 200) throw problem(response, parsed(await response.text()))
  let counts: ImportCounts = { lines: fromLine - 1, accepted: 0, refused: 0, position: '' }
  try {
    for await (const said of reportOf(response)) {
      if (typeof said.line === 'number') onRefused(said)
      if (typeof said.lines !== 'number') continue
      counts = { lines: Math.max(said.lines, counts.lines), accepted: said.accepted, refused: said.refused, position: said.position }
      onProgress(counts)
      if (said.done === true) return counts
      if (said.done === false) return { ...counts, error: errorOf(said.error) }
    }
  } catch (cause) {
    return { ...counts, error: unreachable(server.gatewayUrl, cause) }
  }
  return { ...counts, error: new OnbehalfError('server_unreachable', 'The answer ended before the import did.') }
}

/** The lines of the answer, as they come. */
async function* reportOf(response: Response): AsyncGenerator<any> {
  let rest = ''
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield parsed(line) ?? {}
  }
}

function errorOf(said: any): OnbehalfError {
  const code = typeof said?.code === 'string' && isErrorCode(said.code) ? said.code : 'not_ready'
  return new OnbehalfError(code, typeof said?.message === 'string' ? said.message : 'The import broke off.', typeof said?.next === 'string' ? { next: said.next } : {})
}
