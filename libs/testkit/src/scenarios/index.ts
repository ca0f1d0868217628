import { approval } from './approval.ts'
import { bare } from './bare.ts'
import { denied } from './denied.ts'
import { refund } from './refund.ts'
import type { Scenario } from './scenario.ts'

export { differences, type Played, type PlayedAction, type Scenario, type Setting, type Truth } from './scenario.ts'
export { cast, sources, tellStory, type Storyteller } from './storyteller.ts'

/** Every incident there is: `onbehalf demo <name>` plays it. A new one is a file beside this one and a line in here. */
export const scenarios: Record<string, Scenario> = Object.fromEntries([refund, denied, approval, bare].map((scenario) => [scenario.name, scenario]))
