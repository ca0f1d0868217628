/** An event that is complete, small, and tells something. */
export const exampleEvent = {
  specversion: '1.0',
  id: 'my-first-1',
  source: 'urn:me:first-agent',
  type: 'onbehalf.action.requested.v1',
  time: '2026-01-01T00:00:00Z',
  data: { action_id: 'my-first-action', agent: { sub: 'my-agent', kind: 'agent' }, operation: 'mail.send', initiator: { sub: 'me', kind: 'user' } },
}

/** Lines to copy into a POSIX shell. */
export function exampleCurl(gatewayUrl: string, token: string, now: Date = new Date()): string[] {
  const event = JSON.stringify({ ...exampleEvent, time: now.toISOString() })
  return [
    `curl ${gatewayUrl}/v1/events -H "authorization: Bearer ${token}" \\`,
    `  -H 'content-type: application/cloudevents+json' \\`,
    `  -d '${event}'`,
    `npx onbehalf trace ${exampleEvent.data.action_id}`,
  ]
}
