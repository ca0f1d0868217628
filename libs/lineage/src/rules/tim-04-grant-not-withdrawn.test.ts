import { at, bot, configured, tell, ticked } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { grantNotWithdrawn } from './tim-04-grant-not-withdrawn.ts'

const vault = { producer: 'vault' }
const armed = configured({ producers: [{ id: 'vault', legs: ['grants'], delay_ms: 10_000 }] })
const activated = (data: object = { withdrawal_due: at(60) }) => tell('grant.activated', 0, { grant_id: 'j', agent: bot, ...data }, vault)
const withdrawn = (seconds: number, attributes = vault) => tell('grant.withdrawn', seconds, { grant_id: 'j', agent: bot }, attributes)

// Due after 60 s, and the skew of 5 s.
subjectTable('M144: TIM-04', grantNotWithdrawn, [
  { kind: 'firing', given: 'it was not withdrawn', when: [armed, activated(), ticked(100)], expect: 'fires', of: 'j', says: /^Grant j of refund-bot was to be withdrawn by 2026-11-24T09:01:00.*, and no withdrawal has been received\.$/ },
  { kind: 'firing', given: 'a stranger says that it was', when: [armed, activated(), withdrawn(50, { producer: 'other' }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'it was withdrawn', when: [armed, activated(), withdrawn(50), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'it runs out within the skew', when: [armed, activated({ withdrawal_due: at(60), expires_at: at(65) }), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'it runs out later', when: [armed, activated({ withdrawal_due: at(60), expires_at: at(65.001) }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'it is not due', when: [armed, activated({ expires_at: at(60) }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for grants', when: [activated(), ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the vault may take longer', when: [configured({ producers: [{ id: 'vault', legs: ['grants'], delay_ms: 1_000_000 }] }), activated(), ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'withdrawn within the skew', when: [armed, activated(), withdrawn(65), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'withdrawn too late', when: [armed, activated(), withdrawn(65.001)], expect: 'fires', says: /and that happened at .*09:01:05.001Z only\.$/ },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, activated(), ticked(64.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has passed, and the delay has not', when: [armed, activated(), ticked(74.999)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, activated(), ticked(75)], expect: 'fires' },
  { kind: 'resolved', given: 'the withdrawal arrives late', when: [armed, activated(), ticked(100), withdrawn(60)], expect: 'quiet' },
])
