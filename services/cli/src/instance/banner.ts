import type { Door } from '@onbehalf/runtime'
import type { Style } from '../terminal/style.ts'
import { exampleCurl } from './example-curl.ts'

export interface BannerFacts {
  version: string
  seconds: number
  api: Door
  gateway: Door
  otlpGrpc: Door
  storage: string
  stream: string
  logs: number
  entries: number
  /** The token, if it is to be shown; else how to get at it. */
  token: { shown: string } | { keptIn: string; expression: string }
}

/** What a newcomer reads when it runs: where everything is, and what to type next. */
export function banner(facts: BannerFacts, style: Style): string {
  const { api, gateway, otlpGrpc, logs, entries, token } = facts
  const line = (name: string, value: string) => `  ${style.dim(name.padEnd(11))} ${value}`
  const replaced = ({ replaced: port }: Door) => (port === null ? '' : style.yellow(`   (port ${port} is in use; this one was free)`))
  const count = (n: number, one: string, many: string) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`
  return [
    '',
    `${style.bold(`Onbehalf ${facts.version}`)} is ready after ${facts.seconds.toFixed(1)} s`,
    '',
    line('API', `${style.cyan(api.url)}${replaced(api)}`),
    line('API docs', `${api.url}/docs`),
    line('Token', 'shown' in token ? token.shown : `kept in ${token.keptIn}`),
    line('Events in', `${style.cyan(`${gateway.url}/v1/events`)}${replaced(gateway)}   CloudEvents 1.0`),
    line('OTLP in', `${style.cyan(gateway.url)}   http/protobuf, http/json`),
    line('', `${style.cyan(otlpGrpc.url)}${replaced(otlpGrpc)}   grpc`),
    line('Stream', facts.stream),
    line('Storage', facts.storage),
    line('Integrity', `${count(logs, 'log', 'logs')}, ${count(entries, 'entry', 'entries')}, each a leaf of a Merkle tree; onbehalf doctor checks them`),
    line('Metrics', `${api.url}/metrics`),
    '',
    'Try it, in a second terminal:',
    `  ${style.bold('npx onbehalf demo')}                   ${style.dim('an incident, and the whole story of it; --list has more')}`,
    `  ${style.bold('npx onbehalf demo after-revocation')}  ${style.dim('one that a rule finds')}`,
    `  ${style.bold('npx onbehalf findings')}               ${style.dim('what is wrong or missing')}`,
    `  ${style.bold('npx onbehalf coverage')}               ${style.dim('who tells what of each agent, and what to add next')}`,
    '',
    'Send your own:',
    ...exampleCurl(gateway.url, 'shown' in token ? token.shown : token.expression).map((each) => `  ${each}`),
    '',
    style.dim('Ctrl-C stops it; the data stay.'),
    '',
  ].join('\n')
}
