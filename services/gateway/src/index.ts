export { acceptedMediaTypes } from './content-mode.ts'
export { createGateway, type Accepted, type GatewayDeps } from './gateway.ts'
export { defaultLimits, type GatewayLimits } from './limits.ts'
