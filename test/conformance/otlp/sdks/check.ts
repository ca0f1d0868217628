/**
 * What the official SDKs send to a real `onbehalf up`, configured by nothing but the lines of docs/sources/opentelemetry.md,
 * against what it answers. Run by check.sh.
 * Usage: node check.ts <folder with what check.sh built> <sdk>…
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const [build, ...sdks] = process.argv.slice(2)
if (build === undefined) throw new Error('Usage: node check.ts <folder with what check.sh built> <sdk>…')
const here = import.meta.dirname
const emitters: Readonly<Record<string, [program: string, ...args: string[]]>> = {
  python: [join(build, 'python/bin/python'), join(here, 'python/emit.py')],
  go: [join(build, 'go/emit')],
  java: ['java', '-cp', `${join(build, 'java/jars/*')}:${join(build, 'java/classes')}`, 'Emit'],
}
const doors = { 'http/protobuf': 'otlp_http_url', grpc: 'otlp_grpc_url' } as const
/** Two spans and a log record; metrics are taken and not kept. */
const entriesOfOne = 3

/** What an emitter says that it sent. */
interface Sent {
  trace_id: string
  agent_span: string
  tool_span: string
}

interface Instance {
  api_url: string
  otlp_http_url: string
  otlp_grpc_url: string
  token: string
}

/** What `GET /v1/traces/{id}` answers, as far as it is looked at. */
interface Trace {
  spans: { span_id: string; parent_span_id: string | null; name: string; service: string | null; missing: boolean; action: string | null }[]
  actions: {
    id: string
    operation: string | null
    session: string | null
    decision: string | null
    roles: Record<'initiator' | 'actor', { principal: { sub: string } | null; link: string | null }>
  }[]
  position: Record<string, number>
}

const work = mkdtempSync(join(tmpdir(), 'onbehalf-sdks-'))
let passed = 0
let failed = 0
let server = null as ChildProcess | null
process.once('exit', () => server?.kill('SIGKILL'))

try {
  const instance = await up(join(work, 'data'))
  let before = 0
  for (const sdk of sdks)
    for (const protocol of ['http/protobuf', 'grpc'] as const) {
      const conversation = `${sdk} ${protocol}`
      const { sent, wrong, said } = await emit(sdk, protocol, conversation, instance)
      const trace = sent === null ? null : await answered(instance, sent, before + entriesOfOne)
      if (sent !== null) wrong.push(...trace === null ? ['the trace is not known after 30 s'] : wrongIn(trace, sent, conversation, before))
      before = trace === null ? before : entriesIn(trace)
      tell(conversation, wrong, said)
    }
} finally {
  if (server !== null && server.exitCode === null) {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

/** Resolves when its doors are open, on free ports. It refuses variables that it does not know, such as check.sh's own. */
async function up(dataDir: string): Promise<Instance> {
  const program = resolve(here, '../../../../services/cli/bin/onbehalf.mjs')
  const env = { ...without(/^ONBEHALF_/), ONBEHALF_DATA_DIR: dataDir, ONBEHALF_API_PORT: '0', ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0' }
  let log = ''
  const child = spawn(process.execPath, [program, 'up', '--json'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  server = child
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const file = join(dataDir, 'instance.json')
  for (const deadline = Date.now() + 120_000; !existsSync(file); await sleep(100))
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`onbehalf does not start:\n${log}`)
  return JSON.parse(readFileSync(file, 'utf8')) as Instance
}

function without(names: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.test(name)))
}

/** Nothing of this process's environment that could configure an SDK goes in. */
async function emit(sdk: string, protocol: keyof typeof doors, conversation: string, instance: Instance): Promise<{ sent: Sent | null; wrong: string[]; said: string }> {
  const [program, ...args] = emitters[sdk]!
  const env = {
    ...without(/^OTEL_|proxy/i),
    OTEL_EXPORTER_OTLP_ENDPOINT: instance[doors[protocol]], OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${instance.token}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol, EMIT_CONVERSATION: conversation,
  }
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { env, timeout: 60_000 })
    return { sent: JSON.parse(stdout) as Sent, wrong: [], said: stderr }
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    return { sent: null, wrong: [`the emitter failed: ${(error as Error).message.split('\n')[0]}`], said: stderr }
  }
}

/** Asks until as much is read as was sent; then as it is. */
async function answered({ api_url, token }: Instance, { trace_id }: Sent, entries: number): Promise<Trace | null> {
  for (let left = 150, last: Trace | null = null; ; left--) {
    const response = await fetch(`${api_url}/v1/traces/${trace_id}`, { headers: { authorization: `Bearer ${token}` } })
    if (response.ok) last = (await response.json()) as Trace
    else if (response.status !== 404) throw new Error(`${response.status}: ${await response.text()}`)
    if (left === 0 || (last !== null && entriesIn(last) >= entries)) return last
    await sleep(200)
  }
}

/** Entries of the producers' logs, not of what Onbehalf tells of itself. */
function entriesIn({ position }: Trace): number {
  return Object.entries(position).reduce((sum, [log, count]) => sum + (log.includes('/onbehalf.') ? count : 0), 0)
}

function wrongIn(trace: Trace, sent: Sent, conversation: string, before: number): string[] {
  const [action] = trace.actions
  const tree = trace.spans.map(({ span_id, parent_span_id, name, service, missing, action }) => ({ span_id, parent_span_id, name, service, missing, action }))
  const root = { span_id: sent.agent_span, parent_span_id: null, name: 'invoke_agent refund-agent', service: 'refund-service', missing: false, action: null }
  const call = { span_id: sent.tool_span, parent_span_id: sent.agent_span, name: 'execute_tool payments.refund', service: 'refund-service', missing: false, action: action?.id ?? 'one' }
  const expected: [what: string, is: unknown, shouldBe: unknown][] = [
    ['the tree', tree, [root, call]],
    ['entries', entriesIn(trace) - before, entriesOfOne],
    ['actions', trace.actions.length, 1],
    ['operation', action?.operation, 'payments.refund'],
    ['initiator', [action?.roles.initiator.principal?.sub, action?.roles.initiator.link], ['u-1', 'inherited']],
    ['agent', action?.roles.actor.principal?.sub, 'refund-agent'],
    ['session', action?.session, conversation],
    ['decision, from the log record', action?.decision, 'permit'],
  ]
  return expected.flatMap(([what, is, shouldBe]) => JSON.stringify(is) === JSON.stringify(shouldBe) ? [] : [`${what}: ${JSON.stringify(is)}, not ${JSON.stringify(shouldBe)}`])
}

/** What the SDK said while it sent is wrong too: a warning is an answer that it did not like. */
function tell(what: string, wrong: string[], said: string): void {
  const all = [...wrong, ...said.trim() === '' ? [] : [`the SDK said: ${said.trim()}`]]
  if (all.length === 0) passed++
  else failed++
  console.log(`${all.length === 0 ? 'ok    ' : 'FAILED'} ${what}${all.map((line) => `\n         ${line}`).join('')}`)
}
