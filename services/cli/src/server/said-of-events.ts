import { visible } from '../terminal/text.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What is wrong with an event of a file. */
export interface RefusedEvent {
  line: number
  /** JSON pointer; empty for the whole event. */
  path: string
  rule: string
}

export function sayRefused(terminal: Terminal, json: boolean, refused: RefusedEvent): void {
  const { line, path, rule } = refused
  if (json) terminal.printJson({ refused })
  else terminal.complain(visible(`line ${line}: ${path === '' ? '' : `${path} `}${rule}`))
}

/** How it went, once all are sent. */
export function sayTaken(terminal: Terminal, verb: 'accepted' | 'read', { accepted, refused, position }: { accepted: number; refused: number; position: string }): void {
  terminal.print([
    `${counted(accepted)} ${accepted === 1 ? 'event' : 'events'} ${verb}${refused === 0 ? '' : `, ${counted(refused)} refused`}.`,
    ...(position === '' ? [] : [`position ${position}`]),
  ].join('\n'))
}

export function counted(n: number): string {
  return n.toLocaleString('en')
}
