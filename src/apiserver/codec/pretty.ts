/** JSON for people: with line breaks and indentation. */
import type { ApiRequest } from '../request.ts';

/** What Go reads as yes. */
const YES = /^(?:1|t|T|TRUE|true|True)$/;

/** Asked for, or a person with curl or a browser. */
export function wantsPretty(request: Pick<ApiRequest, 'header' | 'query'>, byMediaType: boolean): boolean {
  if (byMediaType) return true;
  const asked = request.query.get('pretty') ?? '';
  if (asked !== '') return YES.test(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.header('user-agent') ?? '');
}

/** Lines end with a break, but for those that people read: so Go's two encoders write it. */
export const jsonText = (value: unknown, pretty: boolean): string =>
  pretty ? JSON.stringify(value, undefined, 2) : `${JSON.stringify(value)}\n`;
