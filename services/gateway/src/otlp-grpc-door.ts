import { openDoor, type Door, type Logger, type Part, type PortSetting } from '@onbehalf/runtime'
import type { OtlpGrpc } from './otlp-grpc.ts'

export interface OtlpGrpcDoorOptions {
  grpc: OtlpGrpc
  host: string
  port: PortSetting
  logger: Logger
  /** Told where it can be reached, once it can. */
  opened?: (door: Door) => void
}

/** The gRPC server as a part of the process, as `httpDoor` is one for HTTP. */
export function otlpGrpcDoor({ grpc, host, port, logger, opened }: OtlpGrpcDoorOptions): Part {
  return {
    name: 'gateway grpc',
    async start() {
      const door = await openDoor((number) => grpc.listen(number, host), port, host)
      logger.info({ url: door.url, ...(door.replaced === null ? {} : { instead_of_busy_port: door.replaced }) }, 'gateway grpc is open')
      opened?.(door)
    },
    quiesce: () => grpc.quiesce(),
    stop: () => grpc.stop(),
  }
}
