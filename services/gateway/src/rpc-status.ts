import type { OnbehalfError } from '@onbehalf/runtime'
import { int64Field, messageField, textField } from './protobuf-writer.ts'

/** `google.rpc.Status` (google/rpc/status.proto): how OTLP tells errors, over gRPC and over HTTP. */
export interface RpcStatus {
  /** `google.rpc.Code`. */
  code: number
  message: string
}

/**
 * The code that goes with an HTTP status. Whatever may be sent again is UNAVAILABLE: a client of OTLP sends again after that, and
 * drops what came back with RESOURCE_EXHAUSTED (opentelemetry.io/docs/specs/otlp, "OTLP/gRPC Throttling").
 */
export function rpcCode(httpStatus: number): number {
  return codes[httpStatus] ?? (httpStatus >= 500 ? rpcCodes.internal : rpcCodes.invalidArgument)
}

export function rpcStatusOf({ status, message, next }: Pick<OnbehalfError, 'status' | 'message' | 'next'>): RpcStatus {
  return { code: rpcCode(status), message: `${message} ${next}`.toWellFormed() }
}

/** With `RetryInfo` (google/rpc/error_details.proto) where it is worth trying again. @param retryAfterS whole seconds */
export function encodeStatus({ code, message }: RpcStatus, retryAfterS?: number): Buffer {
  const fields = [int64Field(1, code), textField(2, message)]
  if (retryAfterS !== undefined) {
    const retryInfo = messageField(1, int64Field(1, retryAfterS))
    fields.push(messageField(3, Buffer.concat([textField(1, 'type.googleapis.com/google.rpc.RetryInfo'), messageField(2, retryInfo)])))
  }
  return Buffer.concat(fields)
}

/** As the JSON mapping of protobuf writes it. */
export function encodeStatusJson({ code, message }: RpcStatus): Buffer {
  return Buffer.from(JSON.stringify({ code, message }))
}

const rpcCodes = {
  invalidArgument: 3, deadlineExceeded: 4, notFound: 5, permissionDenied: 7, resourceExhausted: 8, unimplemented: 12, internal: 13, unavailable: 14,
  unauthenticated: 16,
}

const codes: Record<number, number> = {
  401: rpcCodes.unauthenticated,
  403: rpcCodes.permissionDenied,
  404: rpcCodes.notFound,
  405: rpcCodes.unimplemented,
  408: rpcCodes.deadlineExceeded,
  413: rpcCodes.resourceExhausted,
  429: rpcCodes.unavailable,
  431: rpcCodes.resourceExhausted,
  503: rpcCodes.unavailable,
}
