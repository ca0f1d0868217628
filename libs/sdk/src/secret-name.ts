/** Whether a member is called like a secret: `password`, `api_key`, `clientSecret`, `x-auth-token` … It is then not even digested: short secrets can be guessed from a digest. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return wholes.has(plain) || endings.some((ending) => plain.endsWith(ending))
}

const wholes: ReadonlySet<string> = new Set([
  'auth', 'authorization', 'bearer', 'cookie', 'cookies', 'setcookie', 'cvc', 'cvv', 'otp', 'pin', 'pwd', 'signature', 'credential', 'credentials', 'jwt',
])
const endings = ['password', 'passwd', 'passphrase', 'passcode', 'secret', 'secretkey', 'privatekey', 'apikey', 'accesskey', 'secretaccesskey', 'token', 'authorization', 'credentials']
