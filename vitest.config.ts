import { defineConfig } from 'vitest/config'

/**
 * Four projects, by what a test needs beside Node. A file's name says which: `x.test.ts` is pure,
 * `x.pg.test.ts` starts a PostgreSQL, `x.kafka.test.ts` an Apache Kafka (and a PostgreSQL if it wants one),
 * `x.e2e.test.ts` the whole product.
 */
const roots = ['libs/*/src', 'services/*/src', 'test']
const named = (kind: string) => roots.map((root) => `${root}/**/*.${kind}.test.ts`)
const needsServer = { pool: 'forks' as const, maxWorkers: 2, testTimeout: 120_000, hookTimeout: 180_000, sequence: { groupOrder: 1 } }

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'pure',
          // Pure tests share nothing that could leak, and most of their time would be the starting of workers.
          isolate: false,
          sequence: { groupOrder: 0 },
          include: roots.map((root) => `${root}/**/*.test.ts`),
          exclude: ['**/*.{pg,kafka,e2e}.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'postgres', include: named('pg'), ...needsServer } },
      { test: { name: 'kafka', include: named('kafka'), ...needsServer } },
      { test: { name: 'e2e', include: named('e2e'), ...needsServer } },
    ],
  },
})
