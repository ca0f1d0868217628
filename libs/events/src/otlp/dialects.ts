import type { Dialect } from './dialect.ts'
import { a2a } from './dialects/a2a.ts'
import { claudeCode } from './dialects/claude-code.ts'
import { codex } from './dialects/codex.ts'
import { geminiCli } from './dialects/gemini-cli.ts'
import { genAi } from './dialects/gen-ai.ts'
import { googleAdk } from './dialects/google-adk.ts'
import { langfuse } from './dialects/langfuse.ts'
import { langsmith } from './dialects/langsmith.ts'
import { mastra } from './dialects/mastra.ts'
import { mcp } from './dialects/mcp.ts'
import { microsoftAgent365 } from './dialects/microsoft-agent-365.ts'
import { onbehalfOver } from './dialects/onbehalf.ts'
import { openinference } from './dialects/openinference.ts'
import { traceloop } from './dialects/traceloop.ts'
import { vercelAiSdk } from './dialects/vercel-ai-sdk.ts'

/** What only one framework writes comes before what many do. */
const others: readonly Dialect[] = [vercelAiSdk, openinference, traceloop, langfuse, mastra, googleAdk, microsoftAgent365, langsmith, claudeCode, codex, geminiCli, a2a, mcp, genAi]

/** The first that speaks a record's language reads it; our own attributes may stand in a record of any other. */
export const dialects: readonly Dialect[] = [onbehalfOver(others), ...others]
