import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { nearestName, OnbehalfError, type HttpServer } from '@onbehalf/runtime'
import { renderMarkdown } from './markdown.ts'

/**
 * The repository's own documentation under `/docs/…`, read once at start and without the network: where the links of
 * problem documents and field errors lead. `docs/events/README.md` is `/docs/events`.
 * @param directory `docs/` of the repository
 */
export async function addDocsPages(app: HttpServer, directory: URL): Promise<void> {
  const pages = await readPages(directory)
  const config = { public: true }
  const answer = (name: string) => {
    const page = pages.get(name.replace(/\.md$/, '').replace(/\/(README)?$/, ''))
    if (page !== undefined) return page
    const near = nearestName(name.slice(0, 100), pages.keys())
    throw new OnbehalfError('not_found', `There is no page /docs/${name.slice(0, 100)}.${near === null ? '' : ` Did you mean /docs/${near}?`}`)
  }
  for (const path of ['/docs/:page', '/docs/events/:page', '/docs/sources/:page'] as const) {
    app.get(path, { config, schema: { hide: true } as object }, async (request, reply) => {
      const { page } = request.params as { page: string }
      const html = answer(path.slice('/docs/'.length).replace(':page', page))
      return reply.header('content-security-policy', pagePolicy).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html)
    })
  }
}

async function readPages(directory: URL): Promise<Map<string, string>> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.md'))
  const pages = await Promise.all(names.map(async (name) => {
    const markdown = await readFile(new URL(name.split('/').map(encodeURIComponent).join('/'), directory), 'utf8')
    const title = /^# +(.+)$/m.exec(markdown)?.[1] ?? name
    const at = name.replace(/\.md$/, '').replace(/\/README$/, '')
    return [at, pageOf(title, renderMarkdown(markdown, (href) => linkFrom(name, href)))] as const
  }))
  return new Map(pages)
}

/** Links of a file among files, as links among the pages of this server. */
function linkFrom(name: string, href: string): string {
  if (/^(https?:|#|\/)/.test(href)) return href
  const { pathname, hash } = new URL(href, `http://repository/docs/${name}`)
  const schema = /^\/libs\/events\/schemas\/(.+)\.json$/.exec(pathname)
  if (schema !== null) return `/schemas/${schema[1]}`
  return `${pathname.replace(/\.md$/, '').replace(/\/README$/, '')}${hash}`
}

function pageOf(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Onbehalf</title><style>${style}</style></head><body><nav><a href="/docs">API</a> <a href="/docs/api">How to use it</a> <a href="/docs/sources">Ways in</a> <a href="/docs/events">Events</a> <a href="/docs/rules">Rules</a> <a href="/docs/configuration">Configuration</a> <a href="/docs/errors">Errors</a></nav><main>${body}</main></body></html>`
}

const style = [
  ':root{color-scheme:light dark}body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}',
  'nav a{margin-right:1rem}code,pre{font:0.9em ui-monospace,monospace}pre{overflow:auto;padding:1rem;border:1px solid #8886;border-radius:6px}',
  'table{border-collapse:collapse;display:block;overflow:auto}th,td{border-bottom:1px solid #8886;padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top}',
  ':target{outline:2px solid #48f8;outline-offset:4px}a{color:LinkText}',
].join('')

/** Nothing is loaded but the style that stands in the page. */
const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`
