import type { Command } from '../command.ts'
import { agents } from './agents.ts'
import { coverage } from './coverage.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { findings } from './findings.ts'
import { importFile } from './import.ts'
import { key } from './key.ts'
import { migrate } from './migrate.ts'
import { producer } from './producer.ts'
import { quarantine } from './quarantine.ts'
import { rebuild } from './rebuild.ts'
import { retract } from './retract.ts'
import { rules } from './rules.ts'
import { run } from './run.ts'
import { send } from './send.ts'
import { trace } from './trace.ts'
import { up } from './up.ts'

/** Every command, in the order in which a newcomer meets them. */
export const commands: readonly Command[] = [
  up, demo, send, importFile, trace, findings, coverage, agents, rules, producer, key, quarantine, retract, doctor, rebuild, migrate, run,
]
