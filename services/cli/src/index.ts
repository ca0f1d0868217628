export { runCli, type Surroundings } from './cli.ts'
export { commands } from './commands/index.ts'
export { createInstance, type Instance, type InstanceOptions } from './instance/instance.ts'
