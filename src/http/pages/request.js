// Requests with the admin's token, which stays in this tab.

import { language, say } from './texts.js';

const KEY = 'koalens-admin-token';
// By itself a phone without a network waits for minutes.
const PATIENCE_MS = 15000;

export const token = {
  known: () => Boolean(sessionStorage.getItem(KEY)),
  keep: (typed) => sessionStorage.setItem(KEY, typed),
  forget: () => sessionStorage.removeItem(KEY),
};

// The JSON of an answer. A failure has a message for people; its status and code only where the service answered.
export async function ask(path, options = {}) {
  const answered = await fetch(path, {
    ...options, cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}`, 'Accept-Language': language, ...options.headers },
  }).catch(() => null);
  const body = await answered?.json().catch(() => null);
  if (answered?.ok && body) return body;
  throw Object.assign(new Error(body?.message ?? say('page-no-connection')), { status: answered?.status, code: body?.error });
}
