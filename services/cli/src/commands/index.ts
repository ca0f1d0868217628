import type { Command } from '../command.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { migrate } from './migrate.ts'
import { producer } from './producer.ts'
import { rebuild } from './rebuild.ts'
import { run } from './run.ts'
import { send } from './send.ts'
import { trace } from './trace.ts'
import { up } from './up.ts'

/** Every command, in the order in which a newcomer meets them. */
export const commands: readonly Command[] = [up, demo, send, trace, producer, doctor, rebuild, migrate, run]
