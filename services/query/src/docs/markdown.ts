/**
 * The little of CommonMark that our own documentation uses, as HTML: headings, paragraphs, lists, tables, fenced code,
 * code spans, emphasis, links, and anchors written as `<a id="…"></a>`. Everything else is shown as it stands.
 * @param resolve where a link of the document leads on this server
 */
export function renderMarkdown(markdown: string, resolve: (href: string) => string = (href) => href): string {
  const html: string[] = []
  const lines = markdown.replaceAll(/<!--[^]*?-->/g, '').split('\n')
  const inline = (text: string) => renderInline(text, resolve)
  for (let at = 0; at < lines.length;) {
    const line = lines[at]!
    const heading = /^(#{1,6}) +(.*)$/.exec(line)
    if (line.trim() === '') at++
    else if (heading !== null) {
      const [, marks, title] = heading as unknown as [string, string, string]
      html.push(`<h${marks.length} id="${slugOf(title)}">${inline(title)}</h${marks.length}>`)
      at++
    } else if (line.startsWith('```')) {
      const end = endOf(lines, at + 1, (each) => each.startsWith('```'))
      html.push(`<pre><code>${escapeHtml(lines.slice(at + 1, end).join('\n'))}</code></pre>`)
      at = end + 1
    } else if (line.startsWith('|')) {
      const end = endOf(lines, at, (each) => !each.startsWith('|'))
      html.push(renderTable(lines.slice(at, end), inline))
      at = end
    } else if (listItem.test(line)) {
      const end = endOf(lines, at, (each) => each.trim() === '')
      html.push(renderList(lines.slice(at, end), inline))
      at = end
    } else {
      const end = endOf(lines, at, (each) => each.trim() === '' || /^(#{1,6} |```|\|)/.test(each) || listItem.test(each))
      html.push(`<p>${inline(lines.slice(at, end).join('\n'))}</p>`)
      at = end
    }
  }
  return html.join('\n')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

const listItem = /^(?:[-*]|\d+\.) +/

function endOf(lines: readonly string[], from: number, ends: (line: string) => boolean): number {
  let at = from
  while (at < lines.length && !ends(lines[at]!)) at++
  // Whatever it is, a block takes its first line: else the loop above would stand still.
  return at === from && !lines[from]?.startsWith('```') ? from + 1 : at
}

function renderTable(rows: readonly string[], inline: (text: string) => string): string {
  const cells = (row: string, tag: string) =>
    `<tr>${row.replace(/^\||\|\s*$/g, '').split(/(?<!\\)\|/).map((cell) => `<${tag}>${inline(cell.trim().replaceAll('\\|', '|'))}</${tag}>`).join('')}</tr>`
  const [head = '', , ...body] = rows
  return `<table><thead>${cells(head, 'th')}</thead><tbody>${body.map((row) => cells(row, 'td')).join('\n')}</tbody></table>`
}

function renderList(lines: readonly string[], inline: (text: string) => string): string {
  const items: string[] = []
  for (const line of lines) {
    if (listItem.test(line)) items.push(line.replace(listItem, ''))
    else items.push(`${items.pop() ?? ''}\n${line.trim()}`)
  }
  const tag = /^\d/.test(lines[0]!) ? 'ol' : 'ul'
  return `<${tag}>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</${tag}>`
}

function renderInline(text: string, resolve: (href: string) => string): string {
  // Code spans and anchors first, put aside whole: nothing inside them is markup.
  const aside: string[] = []
  const keep = (html: string) => `\u0000${aside.push(html) - 1}\u0000`
  const marked = text
    .replaceAll('\u0000', '')
    .replaceAll(/(`+)(.+?)\1/g, (_, _marks, code: string) => keep(`<code>${escapeHtml(code.trim())}</code>`))
    .replaceAll(/<a id="([\w.:-]+)"><\/a>/g, (_, id: string) => keep(`<a id="${id}"></a>`))
  return escapeHtml(marked)
    .replaceAll(/\[([^\]]+)\]\(([^)\s]+)\)/g, (whole, label: string, href: string) =>
      /^(https?:|[/#.\w-]+)/.test(href) && !/^(javascript|data|vbscript):/i.test(href) ? `<a href="${resolve(href)}">${label}</a>` : whole)
    .replaceAll(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])/g, '<em>$1</em>')
    .replaceAll(/\u0000(\d+)\u0000/g, (_, index: string) => aside[Number(index)]!)
}

/** As GitHub makes them, so that one link works in both places. */
function slugOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(/\s/g, '-')
}
