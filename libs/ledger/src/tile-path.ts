import { LedgerError } from './ledger-error.ts'
import { tileWidthMax } from './tiles.ts'

/** Which resource of a tiled log a path names: a tile of hashes, or a bundle of entries. */
export interface TileName {
  level: number | 'entries'
  index: number
  width: number // 256 for a full one
}

/**
 * `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`, C2SP tlog-tiles: N in groups of three digits, all but the last
 * begun with an x (1234067 is `x001/x234/067`). Throws `out_of_range` for a name no tile can have.
 */
export function tilePath(level: number | 'entries', index: number, width: number = tileWidthMax): string {
  if (!isLevel(level) || !isIndex(index) || !isWidth(width)) {
    const message = `no tile has level ${level}, index ${index} and width ${width}`
    throw new LedgerError('out_of_range', message, { level, index, width })
  }
  let path = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`
  }
  return `tile/${level}/${path}${width === tileWidthMax ? '' : `.p/${width}`}`
}

/** The strict inverse: a resource has one path, every other spelling throws `tile_path_malformed`. */
export function parseTilePath(path: string): TileName {
  const match = pathPattern.exec(path)
  if (match !== null) {
    const level = match[1] === 'entries' ? match[1] : Number(match[1])
    const index = Number(match[2]!.replaceAll(/[x/]/g, ''))
    const width = match[3] === undefined ? tileWidthMax : Number(match[3])
    const known = isLevel(level) && isIndex(index) && isWidth(width)
    if (known && tilePath(level, index, width) === path) return { level, index, width }
  }
  const shown = path.slice(0, 120)
  throw new LedgerError('tile_path_malformed', `${JSON.stringify(shown)} is not a tile path`, { path: shown })
}

const pathPattern = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/

const isLevel = (level: number | 'entries') =>
  level === 'entries' || (Number.isInteger(level) && level >= 0 && level <= 63)
const isIndex = (index: number) => Number.isSafeInteger(index) && index >= 0
const isWidth = (width: number) => Number.isInteger(width) && width >= 1 && width <= tileWidthMax
