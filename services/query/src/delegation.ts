import { principalOf } from '@onbehalf/events'
import { isDelegation, type Chain, type Key } from '@onbehalf/lineage'
import { listFindings, readFigures } from '@onbehalf/store'
import { itemsOf } from './findings.ts'
import type { Reading } from './reading.ts'
import { readTree, readWholeChains } from './surroundings.ts'

const findings_max = 20

/** A delegation itself: what was made from it, what took it away, how often it was used, what is found of it. */
export async function aboutDelegation(reading: Reading, key: Key, nowMs: number, isFirst: boolean) {
  const { source, snapshot: { client, tenant } } = reading
  const chain = (await readWholeChains(source, [key])).get(key)!
  return {
    tree: isFirst ? await treeOf(reading, key) : null,
    revocation: revocationOf(chain),
    uses: await usesOf(reading, key, chain),
    findings: isFirst ? await findingsOf() : [],
  }

  async function findingsOf() {
    const open = await listFindings(client, tenant, { status: 'open', delegations: [key] }, nowMs, undefined, findings_max)
    return itemsOf(source, open.filter(({ raised_at }) => source.asOf === undefined || raised_at <= source.asOf), nowMs)
  }
}

async function treeOf({ source }: Reading, key: Key) {
  const { nodes, truncated } = await readTree(source, key)
  const items = nodes.map(({ depth, hop: { delegation_id, parent, delegate, effective_scope, expires_at, revoked_at, evidence } }) => ({
    delegation_id, parent_id: (parent as { delegation_id: string }).delegation_id, depth, delegate, effective_scope, expires_at, revoked_at, evidence,
  }))
  return { items, truncated }
}

function revocationOf({ hops, revocations }: Chain) {
  const revoked = revocations.at(-1)
  if (revoked?.type !== 'delegation.revoked') return null
  const { delegation_id, by, reason, cascade } = revoked.data
  return {
    revoked_at: revoked.time, delegation_id, by: by === undefined ? null : principalOf(by, revoked.producer), reason: reason ?? null,
    cascade: cascade !== false || hops.at(-1)!.delegation_id !== delegation_id, entries: [revoked.entry],
  }
}

/** Uses are counted where the delegation, or one that it was made from, limits them. */
async function usesOf({ source }: Reading, key: Key, { hops, grants }: Chain): Promise<{ max: number | null; count: number | null }> {
  const max = (hops.at(-1)?.scope?.constraints as { max_uses?: number } | undefined)?.max_uses ?? null
  const isCounted = max !== null && grants.at(-1)!.keys.filed === key && isDelegation(key) && source.asOf === undefined
  return { max, count: isCounted ? (await readFigures(source.client, source.tenant, [key])).get(key)!.uses : null }
}
