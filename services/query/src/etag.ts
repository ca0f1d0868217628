import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * The document, or 304 if the client has it already (RFC 9110 §13.1.2). The ETag is weak: it leaves out `position`, which
 * moves with every entry of the tenant though nothing that is told here has changed.
 */
export function unlessUnchanged<Document extends object>(request: FastifyRequest, anyReply: unknown, document: Document): Document {
  const reply = anyReply as FastifyReply
  const text = JSON.stringify(document, (key, value: unknown) => (key === 'position' ? undefined : value))
  const tag = `W/"${hash('sha256', text, 'base64url').slice(0, 22)}"`
  reply.header('etag', tag)
  // `no-store` would forbid a client to keep what it then asks about.
  reply.header('cache-control', 'private, no-cache')
  reply.header('vary', [reply.getHeader('vary') ?? [], 'authorization', 'accept', 'onbehalf-tenant'].flat().join(', '))
  const asked = request.headers['if-none-match']
  const same = asked !== undefined && (asked.trim() === '*' || asked.split(',').some((each) => weak(each.trim()) === weak(tag)))
  // A handler answers with the reply where it has sent it itself; the route's types know only the document.
  return same ? (reply.code(304).send() as never) : document
}

const weak = (tag: string): string => tag.replace(/^W\//, '')
