import { parseAst } from 'vitest/node'

/** One way to break one expression. */
export interface Mutant {
  /** Of the repository. */
  file: string
  line: number
  /** The line as it is written, without indentation. */
  text: string
  from: string
  to: string
  /** Where `from` stands in the file. */
  start: number
  end: number
}

/**
 * Source in which every mutant stands beside the original, switched by its number: `a < b` becomes
 * `($mutant(7) ? a <= b : a < b)`. So one process runs them all, and a module is read once. `switches` is what a worker
 * answers with (`runner.ts`).
 *
 * Not broken: the words of sentences (`explanation`), what is named beside them (`entries`), types, and what is done once
 * when the module is read, apart from the properties of a rule.
 */
export function withMutants(file: string, source: string): { code: string; mutants: Mutant[] } {
  const mutants: Mutant[] = []
  const number = (node: Node, to: string, from = textOf(node, source)): number => {
    const before = source.slice(0, node.start)
    const lineStart = before.lastIndexOf('\n') + 1
    const text = source.slice(lineStart, (source.indexOf('\n', node.start) + 1 || source.length + 1) - 1).trim()
    return mutants.push({ file, line: before.split('\n').length, text, from, to, start: node.start, end: node.end }) - 1
  }

  function render(node: Node, place: Place): string {
    if (isType(node)) return source.slice(node.start, node.end)
    const inside = placeInside(node, place)
    let text = ''
    let at = node.start
    for (const { child, role } of childrenOf(node)) {
      text += source.slice(at, child.start)
      text += render(child, placeOf(child, role, node, inside))
      at = child.end
    }
    text += source.slice(at, node.end)
    return switched(node, text, place)
  }

  function switched(node: Node, text: string, place: Place): string {
    if (node.type === 'Property' && place.isRule) return asGetter(node, text)
    // Without semicolons a line that begins with a parenthesis would belong to the one before.
    if (node.type === 'ExpressionStatement' && node['isOfBlock'] === true && text.startsWith('(')) return `;${text}`
    if (!place.isRun || place.isWord) return text
    if (node.type === 'BlockStatement' && place.isCheck)
      return `{ if ($mutant(${number(node, 'never', 'check')})) return null; if ($mutant(${number(node, 'always', 'check')})) return { explanation: 'Always.', entries: [] };${text.slice(1)}`
    const isLoop = place.isCondition === 'loop'
    const wrapped = [...alternatives(node, source), ...(place.isCondition === 'branch' ? ['true', 'false'] : [])]
      .reduceRight((rest, to) => `$mutant(${number(node, to)}) ? ${to} : ${rest}`, text)
    const whole = wrapped === text ? text : `(${wrapped})`
    // A loop that a mutant keeps from ending has to end.
    return isLoop ? `$mutant.turn() && (${whole})` : whole
  }

  /** A property of the rule object: read anew each time, so that it can be switched. */
  function asGetter(node: Node, text: string): string {
    const { key, value } = node as unknown as { key: { name: string }; value: Node }
    const broken = brokenProperty(key.name, textOf(value, source))
    if (broken.length === 0) return text
    const original = text.slice(value.start - node.start)
    const chosen = broken.reduceRight((rest, to) => `$mutant(${number(node, `${key.name}: ${to}`)}) ? ${to} : ${rest}`, `(${original})`)
    return `get ${key.name}() { return ${chosen} }`
  }

  const program = parseAst(source, { lang: 'ts' }) as unknown as Node
  const body = render(program, { isRun: false, isWord: false, isRule: false, isCheck: false, isSpine: false, isCondition: null })
  const header = `const $mutant = globalThis.onbehalfMutants.switches(${JSON.stringify(mutants)});`
  return { code: `${header}${body}`, mutants }
}

interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

/** What decides how a node may be broken. */
interface Place {
  /** In a function: what runs when a test runs. */
  isRun: boolean
  /** In a sentence, or what is named beside it. */
  isWord: boolean
  /** A property of the rule itself. */
  isRule: boolean
  /** The body of `check`. */
  isCheck: boolean
  /** In the middle of `a?.b.c`, which parentheses would cut. */
  isSpine: boolean
  isCondition: 'branch' | 'loop' | null
}

function placeInside(node: Node, place: Place): Place {
  const isFunction = /Function/.test(node.type)
  return { ...place, isRun: place.isRun || isFunction, isRule: false, isCheck: false, isSpine: false, isCondition: null }
}

function placeOf(child: Node, role: string, parent: Node, inside: Place): Place {
  const key = parent.type === 'Property' ? ((parent['key'] as Node)['name'] as string | undefined) : undefined
  return {
    ...inside,
    isWord: inside.isWord || (role === 'value' && (key === 'explanation' || key === 'entries')) || (role === 'key'),
    isRule: child.type === 'Property' && parent.type === 'ObjectExpression' && !inside.isRun,
    isCheck: parent.type === 'FunctionExpression' && role === 'body' && parent['isCheck'] === true,
    isSpine: parent.type === 'ChainExpression' || (isLink(parent) && (role === 'callee' || role === 'object') && parent['isSpine'] === true),
    isCondition: role !== 'test' ? null : /^(If|Conditional)/.test(parent.type) ? 'branch' : /^(While|DoWhile|For)/.test(parent.type) ? 'loop' : null,
  }
}

function isLink({ type }: Node): boolean {
  return type === 'CallExpression' || type === 'MemberExpression' || type === 'TSNonNullExpression'
}

function childrenOf(node: Node): { child: Node; role: string }[] {
  const found: { child: Node; role: string }[] = []
  for (const [role, value] of Object.entries(node)) {
    for (const each of Array.isArray(value) ? value : [value])
      if (isNode(each)) found.push({ child: each, role })
  }
  // `{ a }` names one place twice.
  const sorted = found.sort((a, b) => a.child.start - b.child.start)
  const apart = sorted.filter(({ child }, i) => i === 0 || child.start >= sorted[i - 1]!.child.end)
  for (const { child, role } of apart) mark(child, role, node)
  return apart
}

function mark(child: Node, role: string, parent: Node): void {
  if (parent.type === 'Property' && role === 'value') child['isCheck'] = (parent['key'] as Node)['name'] === 'check'
  if (/^(BlockStatement|Program|SwitchCase)$/.test(parent.type)) child['isOfBlock'] = true
  // Of a violation: how grave it is, what is not there, and who would have told.
  if (parent.type === 'ObjectExpression') child['isSaid'] = true
  if (parent['isSaid'] === true && role === 'value') child['isPartOf'] = (parent['key'] as Node)['name']
  if (parent.type === 'ChainExpression' || (parent['isSpine'] === true && (role === 'callee' || role === 'object' || role === 'expression'))) child['isSpine'] = true
  if (parent.type === 'MemberExpression' && role === 'property') child['isIndex'] = true
  if (parent.type === 'CallExpression' && role === 'arguments' && /^(at|slice)$/.test(methodOf(parent) ?? '')) child['isIndex'] = true
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string' && typeof (value as Node).start === 'number'
}

function isType({ type }: Node): boolean {
  return type.startsWith('TS') && type !== 'TSNonNullExpression' && type !== 'TSAsExpression' && type !== 'TSSatisfiesExpression'
    || type === 'ImportDeclaration'
}

const comparisons: Record<string, string[]> = {
  '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'], '===': ['!=='], '!==': ['==='], '+': ['-'], '-': ['+'], '*': ['/'],
}
const swaps: Record<string, string> = { some: 'every', every: 'some', find: 'findLast', findLast: 'find', min: 'max', max: 'min' }
const drops = new Set(['filter', 'slice', 'sort', 'toSorted', 'toReversed', 'reverse'])

/** How an expression can be broken, as source. */
function alternatives(node: Node, source: string): string[] {
  const { isPartOf } = node
  if (isPartOf === 'absent' || isPartOf === 'severity') return ['undefined']
  if (isPartOf === 'leg') return [textOf(node, source).startsWith(`'execution'`) ? `'initiator'` : `'execution'`]
  const text = (of: unknown) => source.slice((of as Node).start, (of as Node).end)
  switch (node.type) {
    case 'BinaryExpression': {
      const { left, right, operator } = node as unknown as { left: Node; right: Node; operator: string }
      if (operator === '+' && (isString(left) || isString(right))) return []
      return (comparisons[operator] ?? []).map((other) => `${text(left)} ${other} ${text(right)}`)
    }
    case 'LogicalExpression':
      return [text(node['left']), text(node['right'])]
    case 'UnaryExpression':
      return node['operator'] === '!' ? [text(node['argument'])] : []
    case 'Literal': {
      const { value } = node
      if (typeof value === 'boolean') return [String(!value)]
      return typeof value === 'number' && node['isIndex'] !== true ? [String(value + 1)] : []
    }
    case 'MemberExpression': {
      const index = node['property'] as Node
      return node['computed'] === true && index['value'] === 0 && node['isSpine'] !== true ? [`${text(node['object'])}.at(-1)`] : []
    }
    case 'CallExpression': {
      const method = methodOf(node)
      if (method === undefined || node['isSpine'] === true) return []
      const { object, property } = node['callee'] as unknown as { object: Node; property: Node }
      const args = source.slice(property.end, node.end)
      if (drops.has(method)) return [text(object)]
      if (method === 'at' && args === '(-1)') return [`${text(object)}.at(0)`]
      return swaps[method] === undefined ? [] : [`${text(object)}.${swaps[method]}${args}`]
    }
    default:
      return []
  }
}

function methodOf(call: Node): string | undefined {
  const callee = call['callee'] as Node
  return callee.type === 'MemberExpression' && callee['computed'] !== true ? ((callee['property'] as Node)['name'] as string) : undefined
}

function isString(node: Node): boolean {
  if (node.type === 'TemplateLiteral') return true
  if (node.type === 'BinaryExpression' && node['operator'] === '+') return isString(node['left'] as Node) || isString(node['right'] as Node)
  return node.type === 'Literal' && typeof node['value'] === 'string'
}

/** What else a property of a rule could say. */
function brokenProperty(name: string, value: string): string[] {
  if (name === 'severity') return [value === `'info'` ? `'high'` : `'info'`]
  if (name === 'groupedBy') return ['undefined']
  if (name !== 'armedBy') return []
  return value === 'null' ? [`'opt-in'`] : value === `'opt-in'` ? ['null'] : ['null', `{ leg: '${value.includes('heartbeat') ? 'initiator' : 'heartbeat'}' }`]
}

function textOf(node: Node, source: string): string {
  return oneLine(source.slice(node.start, node.end))
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
