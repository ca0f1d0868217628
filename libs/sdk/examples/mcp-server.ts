import { agent, meta, received, service } from '@onbehalf/sdk'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import { startTracing } from './tracing.ts'

/**
 * An MCP server over stdio with one tool, and an agent that calls it. `node examples/mcp-server.ts`
 *
 * So that nothing but Node is needed this speaks only the part of MCP (2026-07-28) that matters here: `tools/call` as
 * JSON-RPC, one message a line. With the MCP SDK the two lines stay the same: `received(request.params._meta, …)` in the
 * handler, `_meta: meta()` in the call.
 */
interface ToolCall {
  jsonrpc: '2.0'
  id: number
  method: string
  params: { name: string; arguments: Record<string, unknown>; _meta?: Record<string, unknown> }
}

const weather = service({ iss: 'https://services.example', sub: 'weather-mcp' })

export function serve(input: Readable, output: Writable): void {
  createInterface(input).on('line', (line) => void answer(JSON.parse(line) as ToolCall, output))
}

async function answer({ id, method, params }: ToolCall, output: Writable): Promise<void> {
  const send = (message: object) => output.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...message })}\n`)
  if (method !== 'tools/call') return void send({ error: { code: -32_601, message: 'Method not found' } })
  // A tool's failure is a result in MCP, which its agent may read.
  const result = await received(params._meta, () =>
    weather.execute(params.name, { arguments: params.arguments }, () => ({ content: [{ type: 'text', text: forecast(params.arguments) }] })))
    .catch((error: Error) => ({ isError: true, content: [{ type: 'text', text: error.message }] }))
  send({ result })
}

function forecast({ city }: Record<string, unknown>): string {
  if (city !== 'Oslo') throw new RangeError('only Oslo is known')
  return 'Snow'
}

/** An agent that asks for a forecast; `call` sends a message and gives the answer's result. */
export async function askForForecast(city: string, call: (message: ToolCall) => Promise<{ isError?: true }>): Promise<unknown> {
  const bot = agent({ iss: 'https://agents.example', sub: 'travel-bot' })
  return bot.session({ initiator: { iss: 'https://login.example', sub: 'anna', kind: 'user' } }, () =>
    bot.action('get_forecast', { arguments: { city } }, async (action) => {
      const result = await call({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_forecast', arguments: { city }, _meta: meta() } })
      if (result.isError) action.ended('failed')
      return result
    }))
}

/** The client's end of two streams. */
export function callOver(output: Writable, input: Readable): (message: ToolCall) => Promise<{ isError?: true }> {
  return (message) => new Promise((resolve) => {
    createInterface(input).once('line', (line) => resolve((JSON.parse(line) as { result: { isError?: true } }).result))
    output.write(`${JSON.stringify(message)}\n`)
  })
}

if (import.meta.main) {
  // Over stdio the output belongs to the protocol: an exporter that sends elsewhere belongs here, not the console's.
  if (process.argv.includes('--stdio')) serve(process.stdin, process.stdout)
  else {
    startTracing()
    const [requests, answers] = [new PassThrough(), new PassThrough()]
    serve(requests, answers)
    console.log(await askForForecast('Oslo', callOver(requests, answers)))
  }
}
