import type { CredentialKeeper } from '@onbehalf/store'

/** Where the API makes keys and takes them back. */
export interface KeyDoor extends CredentialKeeper {
  registrations: {
    hasProducer(tenant: string, producer: string): boolean
  }
}
