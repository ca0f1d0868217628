import { existsSync } from 'node:fs'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import type { Command } from '../command.ts'

const services = ['ingest', 'projector', 'gateway', 'query'] as const

export const run: Command = {
  name: 'run',
  summary: 'Run one service as a process of its own',
  arguments: ['<service>'],
  about:
    `Runs one of ${services.join(', ')} with your PostgreSQL (ONBEHALF_POSTGRES_URL) and Kafka (ONBEHALF_KAFKA_BROKERS), until SIGTERM. `
    + '/livez, /readyz and /metrics are at ONBEHALF_ADMIN_PORT. Run `onbehalf migrate` once before.',
  examples: [['onbehalf run ingest', 'Several may run at once: Kafka shares the partitions out among them.']],
  options: {},
  async run({ args }) {
    const service = args[0]!
    if (!services.includes(service as never)) {
      const near = nearestName(service, services)
      throw new OnbehalfError('usage', `There is no service ${JSON.stringify(service)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: `Services are ${services.join(', ')}.` })
    }
    // A service's `main.ts` stands beside the module that its package exports, and runs the process when it is imported.
    const main = new URL('./main.ts', import.meta.resolve(`@onbehalf/${service}`))
    if (!existsSync(main)) throw new OnbehalfError('usage', `The service ${service} cannot run as a process of its own in this release.`)
    await import(main.href)
  },
}
