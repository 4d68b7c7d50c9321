import { MASTERS } from '../authn/user.ts';
import type { Caller } from '../core.ts';

/** The server acting on its own behalf. */
const serverCaller: Caller = {
  user: { name: 'system:apiserver', groups: [MASTERS] },
  warn: () => {},
};

/** What the server writes of its own accord. */
export const serverWrites = { caller: serverCaller, manager: 'kube-apiserver' } as const;
