import net from 'node:net'

/**
 * Stands between a pool and its PostgreSQL, and breaks the connection at the next commit: before the server hears of it
 * (failed, not persisted) or after the server has done it but before anyone is told (failed, but persisted).
 */
export interface CommitProxy {
  /** The database behind the proxy. */
  readonly url: string
  /** Arms one fault. */
  breakNextCommit(when: 'before' | 'after'): void
  close(): Promise<void>
}

export async function startCommitProxy(url: string): Promise<CommitProxy> {
  const target = new URL(url)
  const sockets = new Set<net.Socket>()
  let armed: 'before' | 'after' | null = null
  // A simple query (message Q) that is `commit`; PostgreSQL documentation, "Message Formats".
  const commit = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1')
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port || 5432), target.hostname)
    let deaf = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (armed === null || !chunk.includes(commit)) return void upstream.write(chunk)
      const when = armed
      armed = null
      if (when === 'before') return void client.destroy()
      deaf = true
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      // The answer to the commit is here, so it is done; nobody will know.
      if (deaf) client.destroy()
      else client.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const front = new URL(url)
  front.hostname = '127.0.0.1'
  front.port = String((server.address() as net.AddressInfo).port)
  return {
    url: front.href,
    breakNextCommit(when) {
      armed = when
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
