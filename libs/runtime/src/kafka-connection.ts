import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { settings, type KafkaSettings, type Setting } from './config.ts'
import { OnbehalfError } from './errors.ts'

/** How to reach a Kafka, with certificates as text: what `createKafkaStream` of libs/stream takes. */
export interface KafkaConnection {
  brokers: string[]
  tls?: { ca?: string; cert?: string; key?: string; passphrase?: string; servername?: string }
  sasl?:
    | { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
    | { mechanism: 'oauthbearer'; token: () => Promise<string> }
    | { mechanism: 'oauthbearer'; tokenUrl: string; clientId: string; clientSecret: string; scope?: string }
}

/**
 * Reads the files that the settings name. A token's file is read whenever a token is needed: whoever renews it writes a
 * new one there.
 * @throws OnbehalfError `config_invalid` that names the variable of a file that cannot be read
 */
export function kafkaConnection({ brokers, tls, sasl }: KafkaSettings): KafkaConnection {
  return {
    brokers,
    ...(tls === null ? {} : {
      tls: {
        ...optional('ca', textOf(settings.kafkaTlsCaFile, tls.caFile)),
        ...optional('cert', textOf(settings.kafkaTlsCertFile, tls.certFile)),
        ...optional('key', textOf(settings.kafkaTlsKeyFile, tls.keyFile)),
        ...optional('passphrase', tls.keyPassphrase),
        ...optional('servername', tls.serverName),
      },
    }),
    ...(sasl === null ? {} : { sasl: saslOf(sasl) }),
  }
}

function saslOf(sasl: NonNullable<KafkaSettings['sasl']>): NonNullable<KafkaConnection['sasl']> {
  const { mechanism, tokenFile, tokenUrl, clientId, clientSecret, scope } = sasl
  // `loadConfig` has seen to it that what a mechanism needs is there.
  if (mechanism !== 'oauthbearer') return { mechanism, username: sasl.username ?? '', password: sasl.password ?? '' }
  if (tokenUrl !== null) return { mechanism, tokenUrl, clientId: clientId ?? '', clientSecret: clientSecret ?? '', ...optional('scope', scope) }
  textOf(settings.kafkaSaslTokenFile, tokenFile)
  return { mechanism, token: async () => (await readFile(tokenFile!, 'utf8')).trim() }
}

function textOf({ variable }: Setting<any>, path: string | null): string | null {
  if (path === null) return null
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new OnbehalfError('config_invalid', `${variable}: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause })
  }
}

const optional = <Name extends string>(name: Name, value: string | null): { [K in Name]?: string } =>
  (value === null ? {} : { [name]: value }) as { [K in Name]?: string }
