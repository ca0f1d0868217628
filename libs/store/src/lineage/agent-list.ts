import type { ClientBase } from 'pg'
import type { Severity } from '@onbehalf/lineage'
import { sqlFile } from '../sql-file.ts'
import type { ActionAddress } from './reader.ts'

const listSql = sqlFile(import.meta.url, 'sql/list-agents.sql')
const didSql = sqlFile(import.meta.url, 'sql/agents-did.sql')
const findingsSql = sqlFile(import.meta.url, 'sql/agents-findings.sql')
const latestSql = sqlFile(import.meta.url, 'sql/latest-of-agent.sql')

/** So many systems of one agent are told apart. */
const systems_max = 256
/** So many rows of what holds now are looked at to count the findings of agents. */
const violations_max = 100_000

/**
 * Agents that the inventory knows or that have acted, in the order of `iss|sub`. Where that text is very long, one of the
 * inventory comes as the hash that its key has (`#…`).
 * @param sub only those whose `sub` it is, of the first `limit` that there are
 */
export async function listAgents(client: ClientBase, tenant: string, after: string, limit: number, sub?: string): Promise<string[]> {
  const { rows } = await client.query<{ agent: string }>({ name: 'list-agents', text: listSql, values: [tenant, after, limit, sub ?? null] })
  return rows.map(({ agent }) => agent)
}

export interface AgentDid {
  /** '' where nobody said which. */
  systems: string[]
  lastMs: number | null
  /** Up to `count_max`. */
  actions: number
}

/** What some agents did until a time, in the order of `agents`. */
export async function readAgentsDid(client: ClientBase, tenant: string, agents: readonly string[], untilMs: number, countMax: number): Promise<AgentDid[]> {
  const { rows } = await client.query<{ systems: string[]; lastUs: string | null; actions: number }>({
    name: 'agents-did', text: didSql, values: [tenant, agents, new Date(untilMs).toISOString(), countMax, systems_max],
  })
  return rows.map(({ systems, lastUs, actions }) => ({ systems, lastMs: lastUs === null ? null : Number(lastUs) / 1000, actions }))
}

/** Open findings of some agents and of what they did, by severity. */
export async function countFindingsOfAgents(client: ClientBase, tenant: string, agents: readonly string[]): Promise<Map<string, Partial<Record<Severity, number>>>> {
  const { rows } = await client.query<{ agent: string; severity: Severity; count: number }>({
    name: 'agents-findings', text: findingsSql, values: [tenant, agents, violations_max],
  })
  const counts = new Map<string, Partial<Record<Severity, number>>>()
  for (const { agent, severity, count } of rows) counts.set(agent, { ...counts.get(agent), [severity]: count })
  return counts
}

/** The latest actions of an agent, the last one first. */
export async function latestActionsOf(client: ClientBase, tenant: string, agent: string, limit: number): Promise<ActionAddress[]> {
  const { rows } = await client.query<ActionAddress>({ name: 'latest-of-agent', text: latestSql, values: [tenant, agent, limit] })
  return rows
}
