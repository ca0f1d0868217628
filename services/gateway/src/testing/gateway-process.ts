import { RunningGateway } from './running-gateway.ts'

/**
 * A gateway in a process of its own, whose memory is its own: whatever is committed is forgotten. Prints its doors, and at every
 * line on the standard input the most memory that it has had since the line before, in bytes. (What the system says of the peak
 * of a process includes that of the one it was started from.)
 */
const gateway = await new RunningGateway({ keeps: false }).start()
let peak = 0
const look = (): number => (peak = Math.max(peak, process.memoryUsage.rss()))
setInterval(look, 5)
process.stdin.on('data', () => {
  say({ peak: look(), committed: gateway.committed })
  peak = 0
})
process.stdin.on('end', () => process.exit(0))
say({ url: gateway.url, grpc: gateway.grpcAddress })

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
