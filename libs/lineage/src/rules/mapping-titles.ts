/** OWASP Top 10 for Agentic Applications 2026 (genai.owasp.org): the titles of the entries that rules are mapped to. */
export const asiTitles: Readonly<Record<string, string>> = {
  'ASI02': 'Tool Misuse and Exploitation',
  'ASI03': 'Identity and Privilege Abuse',
  'ASI07': 'Insecure Inter-Agent Communication',
  'ASI09': 'Human-Agent Trust Exploitation',
  'ASI10': 'Rogue Agents',
}

/** OWASP Non-Human Identities Top 10 2025 (owasp.org/www-project-non-human-identities-top-10): likewise. */
export const nhiTitles: Readonly<Record<string, string>> = {
  'NHI1:2025': 'Improper Offboarding',
  'NHI5:2025': 'Overprivileged NHI',
  'NHI7:2025': 'Long-Lived Secrets',
  'NHI8:2025': 'Environment Isolation',
  'NHI9:2025': 'NHI Reuse',
}

/** NIST SP 800-53 Rev. 5 (csrc.nist.gov, the OSCAL catalog of it): likewise; an enhancement after the control that it enhances. */
export const nistTitles: Readonly<Record<string, string>> = {
  'AC-2': 'Account Management',
  'AC-2(3)': 'Account Management | Disable Accounts',
  'AC-2(6)': 'Account Management | Dynamic Privilege Management',
  'AC-2(9)': 'Account Management | Restrictions on Use of Shared and Group Accounts',
  'AC-2(11)': 'Account Management | Usage Conditions',
  'AC-2(12)': 'Account Management | Account Monitoring for Atypical Usage',
  'AC-3': 'Access Enforcement',
  'AC-3(2)': 'Access Enforcement | Dual Authorization',
  'AC-3(8)': 'Access Enforcement | Revocation of Access Authorizations',
  'AC-5': 'Separation of Duties',
  'AC-6': 'Least Privilege',
  'AC-6(7)': 'Least Privilege | Review of User Privileges',
  'AC-24': 'Access Control Decisions',
  'AC-25': 'Reference Monitor',
  'AU-3': 'Content of Audit Records',
  'AU-3(1)': 'Content of Audit Records | Additional Audit Information',
  'AU-5': 'Response to Audit Logging Process Failures',
  'AU-6': 'Audit Record Review, Analysis, and Reporting',
  'AU-6(3)': 'Audit Record Review, Analysis, and Reporting | Correlate Audit Record Repositories',
  'AU-8': 'Time Stamps',
  'AU-9': 'Protection of Audit Information',
  'AU-9(3)': 'Protection of Audit Information | Cryptographic Protection',
  'AU-10': 'Non-repudiation',
  'AU-12': 'Audit Record Generation',
  'AU-12(1)': 'Audit Record Generation | System-wide and Time-correlated Audit Trail',
  'CM-3': 'Configuration Change Control',
  'CM-8': 'System Component Inventory',
  'CM-8(3)': 'System Component Inventory | Automated Unauthorized Component Detection',
  'CM-8(4)': 'System Component Inventory | Accountability Information',
  'IA-4': 'Identifier Management',
  'IA-5': 'Authenticator Management',
  'IA-13(2)': 'Identity Providers and Authorization Servers | Verification of Identity Assertions and Access Tokens',
  'IA-13(3)': 'Identity Providers and Authorization Servers | Token Management',
  'SC-24': 'Fail in Known State',
  'SI-4': 'System Monitoring',
}

/** What an id of a mapping is called; undefined for one that no rule is mapped to. */
export function titleOf(id: string): string | undefined {
  return asiTitles[id] ?? nhiTitles[id] ?? nistTitles[id]
}
