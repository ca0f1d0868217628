import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * A loopback OTLP/HTTP receiver for JSON. `write(name)` puts all that came since the last call into one request: the lists of
 * the requests behind one another, else as they were sent. Paths and the name of this machine are replaced, nothing else.
 * @param folder where `<name>.json` goes
 */
export async function capture(folder) {
  const got = { resourceSpans: [], resourceLogs: [] }
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      if (request.url === '/v1/traces' || request.url === '/v1/logs') {
        if (!request.headers['content-type']?.includes('json')) throw new Error(`an exporter sent ${request.headers['content-type']}: capture() reads JSON`)
        const body = JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString())
        for (const list of Object.keys(got)) got[list].push(...(body[list] ?? []))
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const write = (name) => {
    const request = Object.fromEntries(Object.entries(got).map(([list, all]) => [list, all.splice(0)]).filter(([, all]) => all.length > 0))
    if (Object.keys(request).length === 0) throw new Error(`${name}: nothing was exported`)
    const text = JSON.stringify(request, null, 1).replaceAll(dirname(import.meta.filename), '/app').replaceAll(hostname(), 'host.example')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.json`), `${text}\n`)
  }
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    write,
    /** For an exporter that speaks protobuf only: what `JsonTraceSerializer` of its own version made of its spans. */
    take: (bytes) => got.resourceSpans.push(...JSON.parse(Buffer.from(bytes).toString()).resourceSpans),
    close: () => server.close(),
  }
}

/** Runs scenarios one after another; each leaves one fixture. */
export async function scenarios(target, flush, all) {
  for (const [name, run] of Object.entries(all)) {
    await run()
    await flush()
    target.write(name)
    console.log(`${name} written`)
  }
  target.close()
}
