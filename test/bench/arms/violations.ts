import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@onbehalf/store'

/** When findings were there for everybody to see, by id. */
export interface FindingWatch {
  /** Milliseconds since 1970; waits for what is not there yet. */
  seen(id: string): Promise<number>
  stop(): Promise<void>
}

/**
 * Looks every so often, on a connection of its own, which of the findings that are waited for are committed: an upper
 * bound by the pace of looking.
 */
export async function watchFindings(postgresUrl: string, paceMs: number): Promise<FindingWatch> {
  const client = createClient({ url: postgresUrl, name: 'bench-findings' })
  await client.connect()
  const waiting = new Map<string, { since: number; resolve: (atMs: number) => void; reject: (error: Error) => void }>()
  let stopped = false
  const watching = (async () => {
    while (!stopped) {
      if (waiting.size > 0) {
        const { rows } = await client.query<{ id: string }>({ name: 'findings-there', values: [[...waiting.keys()]],
          text: `select id from lineage.findings where tenant = 'default' and id = any($1) and resolved_at is null` })
        const now = Date.now()
        for (const { id } of rows) {
          waiting.get(id)!.resolve(now)
          waiting.delete(id)
        }
        for (const [id, { since, reject }] of waiting) if (now - since > waitMsMax) reject(new Error(`${id} was not raised within ${waitMsMax / 1_000} s`))
      }
      await sleep(paceMs)
    }
  })()
  watching.catch((error: Error) => {
    for (const { reject } of waiting.values()) reject(error)
  })
  return {
    seen: (id) => new Promise((resolve, reject) => waiting.set(id, { since: Date.now(), resolve, reject })),
    async stop() {
      stopped = true
      await watching.catch(() => undefined)
      await client.end()
    },
  }
}

const waitMsMax = 60_000
