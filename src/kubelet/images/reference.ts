/** Image names as people write them, and as runtimes know them. */

/** The full name: docker.io/library/nginx:latest for nginx. */
export function fullImageName(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = isHost ? image : `docker.io/${slash < 0 ? `library/${image}` : image}`;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.includes(':') || path.includes('@') ? path : `${path}:latest`;
}

/** The registry asked for the image: docker.io for nginx. */
export const registryOf = (image: string): string => fullImageName(image).split('/')[0] ?? '';

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${HOST}(?:\\.${HOST})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH = `${COMPONENT}(?:/${COMPONENT})*`;
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^${DOMAIN}/(${PATH})(?::\\w[\\w.-]{0,127})?(?:@(${DIGEST}))?$`);
/** Hexadecimal digits of each algorithm's sum. */
const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
const MAX_PATH = 255;

/**
 * What is wrong with an image's name, in the words of the library that containers are named by
 * (distribution/reference); undefined: nothing.
 */
export function imageNameProblem(image: string): string | undefined {
  if (/^[a-f0-9]{64}$/.test(image))
    return `invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`;
  const [domain, rest] = splitDomain(image);
  const remote = rest.split(':')[0] ?? '';
  if (remote.toLowerCase() !== remote)
    return `invalid reference format: repository name (${remote}) must be lowercase`;
  const match = REFERENCE.exec(`${domain}/${rest}`);
  if (!match) return 'invalid reference format';
  if ((match[1] ?? '').length > MAX_PATH)
    return `repository name must not be more than ${MAX_PATH} characters`;
  return match[2] === undefined ? undefined : digestProblem(match[2]);
}

function splitDomain(image: string): readonly [string, string] {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  const domain = isHost ? first.replace(/^index\.docker\.io$/, 'docker.io') : 'docker.io';
  const rest = isHost ? image.slice(slash + 1) : image;
  return [domain, domain === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest];
}

function digestProblem(digest: string): string | undefined {
  const [algorithm = '', sum = ''] = digest.split(':');
  const length = DIGEST_LENGTHS[algorithm];
  if (length === undefined) return 'unsupported digest algorithm';
  if (sum.length !== length) return 'invalid checksum digest length';
  return /^[a-f0-9]+$/.test(sum) ? undefined : 'invalid checksum digest format';
}
