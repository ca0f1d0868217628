/** `<prefix>-` and 128 random bits in hex. `getRandomValues` is there in Node and in browsers, also outside secure contexts. */
export function randomId(prefix: 'act' | 'del' | 'ses'): string {
  let id = `${prefix}-`
  for (const word of crypto.getRandomValues(new Uint32Array(4))) id += word.toString(16).padStart(8, '0')
  return id
}
