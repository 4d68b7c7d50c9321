/** Whom a proxy request is for: `[scheme:]name[:port]` (API concepts; utilnet.SplitSchemeNamePort). */
import { badRequest } from '../../api/status-error.ts';

export type Scheme = 'http' | 'https';

export interface ProxyName {
  /** '' when none is named. */
  readonly scheme: Scheme | '';
  readonly name: string;
  /** A number or a port's name; '' when none is named. */
  readonly port: string;
}

/** `what` is the kind in the message: pod, service, node. @throws StatusError 400 */
export function parseProxyName(text: string, what: string): ProxyName {
  const parts = text.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '' || (scheme !== '' && scheme !== 'http' && scheme !== 'https'))
    throw badRequest(`invalid ${what} request ${JSON.stringify(text)}`);
  return { scheme, name, port };
}

export const isNumber = (port: string): boolean => /^\d+$/.test(port);
