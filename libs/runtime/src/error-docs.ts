import { errorCodes, type ErrorCode } from './errors.ts'

/** The page `docs/errors.md`, whole: what `/docs/errors#<code>` shows. */
export function renderErrorDocs(): string {
  const sections = (Object.keys(errorCodes) as ErrorCode[]).toSorted().map((code) => {
    const { title, status, exit, next } = errorCodes[code]
    return `<a id="${code}"></a>\n## \`${code}\`\n\n${title}. HTTP status ${status}; exit code ${exit}.\n\n${next}\n`
  })
  return `${head}\n${sections.join('\n')}`
}

const head = `# Errors

<!-- Generated from libs/runtime/src/errors.ts by \`npm run generate\`. -->

Every error over HTTP is a problem document (RFC 9457, \`application/problem+json\`): \`type\` and \`docs\` link to this page, \`title\`
and \`code\` say what kind it is, \`detail\` says what happened this time, \`next\` what to do now, and \`request_id\` is the one of
the header \`x-request-id\`. Programs match on \`code\`: a code is never renamed and never used again for something else.

| status | meaning for a program |
| --- | --- |
| 400, 413, 415, 422 | what was sent cannot be accepted as it is; sending it again changes nothing |
| 401, 403 | who sent it is not known, or may not |
| 408, 429, 503 | nothing was acknowledged; send it again after \`retry-after\` seconds, what was written twice counts once |
| 500 | a fault of ours, with a \`report_id\` under which the log has the rest |

Commands exit with 2 for wrong usage, input or configuration, 3 when the server cannot be reached or refuses, 70 for a fault of ours, and 1 when the
answer is no.
`
