export { createQueryApi, defaultLimits, type QueryApiDeps, type QueryLimits } from './query-api.ts'
