/**
 * For processes whose code is not the benchmark's: `node --import …/profile-on-signal.ts services/ingest/src/main.ts`.
 * SIGUSR2 starts a profile, the next one ends it and writes it to BENCH_PROFILE.
 */
import { startProfile } from './profiler.ts'

let stop: Promise<() => Promise<void>> | undefined

process.on('SIGUSR2', () => {
  if (stop === undefined) stop = startProfile(process.env['BENCH_PROFILE']!)
  else {
    void stop.then((end) => end())
    stop = undefined
  }
})
