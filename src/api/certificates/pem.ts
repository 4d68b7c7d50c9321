/** PEM as Go's encoding/pem reads it: text around the blocks does not matter. */
interface PemBlock {
  readonly type: string;
  /** Whether lines of the form `Name: value` come before the data. */
  readonly headers: boolean;
  readonly der: Buffer;
}

const BLOCK =
  /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n((?:[^\n:]+:[^\n]*\n)*)([A-Za-z0-9+/=\s]*?)-----END \1-----[ \t\r]*(?=\n|$)/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].flatMap(([, type = '', headers = '', data = '']) => {
    const base64 = data.replace(/\s/g, '');
    return BASE64.test(base64) ? [{ type, headers: headers !== '', der: Buffer.from(base64, 'base64') }] : [];
  });
}
