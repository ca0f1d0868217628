/** Something that is not as it should be. */
export interface Problem {
  /** Public name, `<tenant>/<topic>/<partition>`. */
  log?: string
  index?: number
  /** Of the read models. */
  table?: string
  /** A sentence without its full stop. */
  what: string
  /** More for programs. */
  [detail: string]: unknown
}
