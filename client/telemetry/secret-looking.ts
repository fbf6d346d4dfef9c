/**
 * Finds fields that hold a key or a password, by their name or by how their value begins.
 *
 * Telemetry has no use for one, and a file that carries it should be cleaned where it was made: nobody knows who else reads it.
 */

/** Words that alone make a name one of a secret. */
const SECRET_WORDS = new Set([
  'password',
  'passwd',
  'passphrase',
  'secret',
  'secrets',
  'authorization',
  'credential',
  'credentials',
  'cookie',
  'apikey',
]);
/** What a `key` is, when it is a secret one. */
const KEYS = new Set(['api', 'access', 'private', 'secret', 'signing', 'encryption', 'master']);
/** What a `token` is, when it is a secret one and not what texts are counted in. */
const TOKENS = new Set(['access', 'auth', 'refresh', 'id', 'session', 'bearer', 'api', 'csrf', 'jwt']);

/** Beginnings that providers give to their keys. Only what begins like one counts: a prompt may speak of keys. */
const KEY_VALUE =
  /^(?:bearer\s+[\w.~+/-]{8,}|(?:sk|pk|rk)-[\w-]{12,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{30,}|gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|hf_[A-Za-z]{20,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|-----BEGIN [A-Z ]*PRIVATE KEY)/iu;
/** First letters of all of them: most values are told by their first letter alone. */
const FIRST_LETTERS = new Set([...'bBsSpPrRaAgGxXhHeE-'].map((letter) => letter.charCodeAt(0)));

/** Whether a field of this name holds a secret: `api_key`, `x-api-key`, `accessToken`; not `output_tokens`, `cache_key`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== '');
  return words.some((word, index) => {
    if (SECRET_WORDS.has(word)) return true;
    const before = words[index - 1];
    if (word === 'key') return before !== undefined && KEYS.has(before);
    return word === 'token' && (words.length === 1 || (before !== undefined && TOKENS.has(before)));
  });
}

export function isSecretValue(value: string): boolean {
  return FIRST_LETTERS.has(value.charCodeAt(0)) && KEY_VALUE.test(value);
}
