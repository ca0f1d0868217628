import { expect, test } from 'vitest'
import { topicsOf } from './topics.ts'

test('the topics of the environment are read, and those of the configuration, which also says what the former hold', () => {
  const configured = new Map([
    ['opa', { kind: 'opa' as const, tenant: 'acme', producer: 'pdp' }],
    ['more', { kind: 'cloudevents' as const, tenant: 'acme', producer: 'default' }],
    ['onbehalf.gateway', { kind: 'opa' as const, tenant: 'acme', producer: 'pdp' }],
    ['otlp_spans', { kind: 'otlp_spans' as const, tenant: 'acme', producer: 'pdp' }],
  ])
  expect([...topicsOf(['onbehalf.gateway', 'onbehalf.events', 'more'], configured)]).toEqual([
    ['onbehalf.gateway', { kind: 'gateway' }],
    ['onbehalf.events', { kind: 'cloudevents', tenant: 'default', producer: 'default' }],
    ['more', { kind: 'cloudevents', tenant: 'acme', producer: 'default' }],
    ['opa', { kind: 'opa', tenant: 'acme', producer: 'pdp' }],
    ['otlp_spans', { kind: 'otlp_spans', tenant: 'acme', producer: 'pdp' }],
  ])
})

test('the topics of a Collector are known by name, and belong to the producer default until they are configured', () => {
  expect([...topicsOf(['otlp_spans', 'otlp_logs'], new Map([['otlp_logs', { kind: 'otlp_logs' as const, tenant: 'acme', producer: 'collector' }]]))]).toEqual([
    ['otlp_spans', { kind: 'otlp_spans', tenant: 'default', producer: 'default' }],
    ['otlp_logs', { kind: 'otlp_logs', tenant: 'acme', producer: 'collector' }],
  ])
})
