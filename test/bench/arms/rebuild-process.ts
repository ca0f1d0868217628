/** Rebuilds when it is told to, as `onbehalf rebuild` does, as often as it is told. Told and answers by IPC. */
import { defaultProjection, rebuild, type RebuildDeps } from '@onbehalf/projector'
import { createClient } from '@onbehalf/store'
import { profiled } from '../profiler.ts'

export interface RebuildOrder {
  url: string
  profiles: string | null
  round: number
}

export interface RebuildAnswer {
  failure: string | null
}

let connected: Promise<RebuildDeps> | undefined

process.on('message', (order: RebuildOrder) => {
  const answer = (failure: string | null) => process.send!({ failure } satisfies RebuildAnswer)
  connected ??= connect(order.url)
  void connected.then((deps) => profiled(order, 'rebuild', () => rebuild(deps)))
    .then(() => answer(null), (error: Error) => answer(error.stack ?? String(error)))
})

/** Once, and never ended: what a backend has used can be read while it is there. */
async function connect(url: string): Promise<RebuildDeps> {
  const [builder, gate, reader] = [createClient({ url }), createClient({ url }), createClient({ url })]
  for (const client of [builder, gate, reader]) await client.connect()
  return { ...defaultProjection, builder, gate, reader }
}
