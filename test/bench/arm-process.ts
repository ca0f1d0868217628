/** One arm in one round, in a process of its own: nothing of another arm is in its memory. Told and answers by IPC. */
import { append } from './arms/append.ts'
import type { Arm, ArmJob, ArmName } from './arms/arm.ts'
import { bareCopy } from './arms/bare-copy.ts'
import { deriveOne } from './arms/derive.ts'
import { history } from './arms/history.ts'
import { decodeOtlp } from './arms/otlp-decode.ts'
import { otlpHttp } from './arms/otlp-http.ts'
import { otlpKafka } from './arms/otlp-kafka.ts'
import { pipeline } from './arms/pipeline.ts'
import { rebuild } from './arms/rebuild.ts'
import { revocation } from './arms/revocation.ts'

const arms: Record<ArmName, Arm> = {
  'bare-copy': bareCopy, append, 'append-without-evidence': append, rebuild, pipeline,
  derive: deriveOne, revocation, history,
  'otlp-bare-copy': bareCopy, 'otlp-decode': decodeOtlp, 'otlp-slice': decodeOtlp, 'otlp-http': otlpHttp, 'otlp-kafka': otlpKafka,
}

process.once('message', (job: ArmJob) => {
  arms[job.arm](job).then(
    (outcome) => process.send!({ outcome }, () => process.exit(0)),
    (error: Error) => process.send!({ failure: error.stack ?? String(error) }, () => process.exit(1)),
  )
})
