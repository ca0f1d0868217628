import { expect, test } from 'vitest'
import { createTerminal } from './terminal.ts'

function streams({ tty = false, env = {} }: { tty?: boolean; env?: Record<string, string> } = {}) {
  const written = { out: '', err: '' }
  let nowMs = 1_000_000
  const stream = (name: 'out' | 'err') => ({ write: (text: string) => (written[name] += text), isTTY: tty, columns: 100 })
  const terminal = createTerminal({ out: stream('out'), err: stream('err'), env, now: () => nowMs })
  return { terminal, written, pass: (ms: number) => (nowMs += ms) }
}

test('colours are for terminals, and not with NO_COLOR or a dumb one', () => {
  expect(streams({ tty: true }).terminal.style.red('x')).toBe('\u001b[31mx\u001b[39m')
  expect(streams().terminal.style.red('x')).toBe('x')
  expect(streams({ tty: true, env: { NO_COLOR: '1' } }).terminal.style.red('x')).toBe('x')
  expect(streams({ tty: true, env: { NO_COLOR: '' } }).terminal.style.red('x')).not.toBe('x')
  expect(streams({ tty: true, env: { TERM: 'dumb' } }).terminal.style.red('x')).toBe('x')
})

test('answers go to the standard output, what is on the way to the standard error, and only that is quieted', () => {
  const { terminal, written } = streams()
  const quiet = terminal.quieted()
  for (const each of [terminal, quiet]) {
    each.print('answer')
    each.say('on the way')
    each.complain('wrong')
  }
  expect(written).toEqual({ out: 'answer\nanswer\n', err: 'on the way\nwrong\nwrong\n' })
})

test('progress is one line that is written over on a terminal, and a line every five seconds elsewhere', () => {
  const shown = streams({ tty: true })
  shown.terminal.progress('1 %')
  shown.terminal.progress('2 %')
  shown.terminal.print('done')
  expect(shown.written).toEqual({ out: 'done\n', err: '1 %\r\u001b[K2 %\r\u001b[K' })

  const piped = streams()
  for (let second = 0; second <= 11; second++) {
    piped.terminal.progress(`${second}`)
    piped.pass(1_000)
  }
  piped.terminal.progress('')
  expect(piped.written.err).toBe('5\n10\n')
})
