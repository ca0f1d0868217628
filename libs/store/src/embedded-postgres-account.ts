import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { StoreError } from './store-error.ts'

/**
 * Whom PostgreSQL runs as. It refuses to run as root, and creating a system user is not ours to do: root hands the
 * server to the owner of its directory, or to `nobody`. An ordinary user just runs it.
 */
export interface Account { uid: number; gid: number }

export interface Command { command: string; args: string[]; uid?: number; gid?: number }

const nobody: Account = { uid: 65534, gid: 65534 }

/** `null`: run it as ourselves. `directory` is where PostgreSQL's data is or will be. */
export function accountFor(directory: string): Account | null {
  if (process.getuid?.() !== 0) return null
  const owner = fs.existsSync(directory) ? fs.statSync(directory) : null
  return owner !== null && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody
}

/**
 * The command line that runs `program` as `account` and, on Linux, ends it with us even when we are SIGKILLed
 * (`setpriv --pdeathsig`). `paths` must be reachable for the account: where they are not, as in a clone under a 0700
 * /root, setpriv lends it the one capability that walks through.
 */
export function commandAs(account: Account | null, program: string, args: string[], paths: string[]): Command {
  const setpriv = hasSetpriv()
  if (account === null) {
    return setpriv
      ? { command: 'setpriv', args: ['--pdeathsig', 'INT', program, ...args] }
      : { command: program, args }
  }
  const unreachable = paths.find((each) => !reachable(each, account))
  if (!setpriv) {
    if (unreachable === undefined) return { command: program, args, ...account }
    throw new StoreError('embedded_postgres_unreachable',
      `PostgreSQL cannot run as root, and user ${account.uid} cannot reach ${unreachable}. `
      + 'Run as an ordinary user, move the directory, or install util-linux (setpriv).', { path: unreachable })
  }
  const capabilities = unreachable === undefined ? [] : ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return {
    command: 'setpriv',
    args: ['--reuid', `${account.uid}`, '--regid', `${account.gid}`, '--clear-groups', ...capabilities,
      // After the change of user, which clears it.
      '--pdeathsig', 'INT', program, ...args],
  }
}

let setprivFound: boolean | undefined

function hasSetpriv(): boolean {
  setprivFound ??= process.platform === 'linux'
    && spawnSync('setpriv', ['--help'], { encoding: 'utf8' }).stdout?.includes('--pdeathsig') === true
  return setprivFound
}

function reachable(target: string, account: Account): boolean {
  for (let at = path.resolve(target); ; at = path.dirname(at)) {
    const stat = fs.statSync(at, { throwIfNoEntry: false })
    if (stat !== undefined) {
      const [read, execute] = stat.uid === account.uid ? [0o400, 0o100]
        : stat.gid === account.gid ? [0o040, 0o010] : [0o004, 0o001]
      if ((stat.mode & execute) === 0) return false
      if (at === path.resolve(target) && (stat.mode & read) === 0) return false
    }
    if (at === path.dirname(at)) return true
  }
}
