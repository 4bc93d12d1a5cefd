// Where the service asks its callers for a key or a token: typed once, kept by this tab, sent with every request.

const KEPT = 'koalens-key';

// The headers that go with a request.
export function credentials() {
  const { name, value } = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
  return name ? { [name]: value } : {};
}

// Keeps what was typed, in the way that the refusal asked for.
export function keep(challenge, typed) {
  const token = challenge?.startsWith('Bearer');
  sessionStorage.setItem(KEPT, JSON.stringify(token ? { name: 'Authorization', value: `Bearer ${typed}` } : { name: 'X-API-Key', value: typed }));
}
