/**
 * What the name of an image says of its pull policy. The grammar is that of the distribution
 * project's references: [domain[:port]/]path[:tag][@digest], where the first part is a domain when it
 * holds a dot, a colon or capitals, or is localhost.
 */
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const TAG = '[\\w][\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

const REST = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const DOMAIN_WHOLE = new RegExp(`^${DOMAIN}$`);
const looksLikeDomain = (part: string) => /[.:A-Z]/.test(part) || part === 'localhost';

/** Always for `:latest` and for images without tag and digest, else (bad names too) IfNotPresent. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const hasDomain = looksLikeDomain(first);
  if (hasDomain && !DOMAIN_WHOLE.test(first)) return 'IfNotPresent';
  const found = REST.exec(hasDomain ? image.slice(slash + 1) : image);
  // Sixty-four hexadecimal digits alone are an id, and no name.
  if (!found || /^[a-f0-9]{64}$/.test(image)) return 'IfNotPresent';
  const [, tag, digest] = found;
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
}
