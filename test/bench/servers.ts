import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, startEmbeddedPostgres } from '@onbehalf/store'
// @boundaries-ignore the local broker lives in infra/, which is not a package
import { startBroker } from '../../infra/kafka/broker.ts'

export interface Servers {
  postgres: { url: string; pid: number; settings: Record<string, string> }
  kafka: { brokers: string[]; pid: number } | null
  stop(): Promise<void>
}

/** A real PostgreSQL, durable, and if a figure needs it a real Apache Kafka; both with fresh data under `dir`. */
export async function startServers(dir: string, needs: { kafka: boolean }): Promise<Servers> {
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), flags: postgresFlags })
  try {
    const broker = needs.kafka ? await startBroker({ dir: join(dir, 'kafka'), heap_mb: 768 }) : null
    return {
      postgres: { url: postgres.url, pid: postgres.pid, settings: await shown(postgres.url) },
      kafka: broker && { brokers: broker.brokers, pid: broker.pid },
      async stop() {
        // Nothing of it is kept: no need for a shutdown in order.
        await broker?.kill()
        await postgres.kill()
        await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
      },
    }
  } catch (error) {
    await postgres.kill()
    throw error
  }
}

/**
 * Room enough that no checkpoint falls into an arm; every arm begins with one. Autovacuum as in production: what it
 * does is part of the price. fsync, synchronous_commit and full_page_writes are those of the product: on.
 */
const postgresFlags = { shared_buffers: '2GB', max_wal_size: '24GB', checkpoint_timeout: '60min' }

const settingsShown = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_level', 'wal_compression',
  'wal_sync_method', 'shared_buffers', 'max_wal_size', 'checkpoint_timeout', 'autovacuum']

async function shown(url: string): Promise<Record<string, string>> {
  const client = createClient({ url })
  await client.connect()
  try {
    const shown: Record<string, string> = {}
    for (const name of settingsShown) shown[name] = (await client.query(`show ${name}`)).rows[0][name]
    return shown
  } finally {
    await client.end()
  }
}
