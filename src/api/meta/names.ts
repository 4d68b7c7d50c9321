/**
 * What names, label keys and label values may look like: upstream's rules and messages
 * (apimachinery util/validation and api/validation). Every function returns the messages of
 * what is wrong; an empty list means valid.
 *
 * Lengths are bytes of UTF-8. Two wordings of the same limit exist upstream: "characters" for
 * names of objects, "bytes" for label keys and values; both are kept.
 */
import type { NameRule } from '../kind.ts';

const LABEL_FMT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_FMT = `${LABEL_FMT}(\\.${LABEL_FMT})*`;
const UNDERSCORED_LABEL_FMT = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORED_FMT = `${UNDERSCORED_LABEL_FMT}(\\.${UNDERSCORED_LABEL_FMT})*`;
const LABEL_1035_FMT = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD_FMT = `\\*\\.${SUBDOMAIN_FMT}`;
const QUALIFIED_FMT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE_FMT = `(${QUALIFIED_FMT})?`;
const CONFIG_KEY_FMT = '[-._a-zA-Z0-9]+';
const C_IDENTIFIER_FMT = '[A-Za-z_][A-Za-z0-9_]*';
const HTTP_HEADER_FMT = '[-A-Za-z0-9]+';

export const DNS_LABEL_MAX = 63;
const DNS_SUBDOMAIN_MAX = 253;

const whole = (format: string) => new RegExp(`^${format}$`);
const LABEL = whole(LABEL_FMT);
const SUBDOMAIN = whole(SUBDOMAIN_FMT);
const UNDERSCORED = whole(UNDERSCORED_FMT);
const LABEL_1035 = whole(LABEL_1035_FMT);
const WILDCARD = whole(WILDCARD_FMT);
const QUALIFIED = whole(QUALIFIED_FMT);
const LABEL_VALUE = whole(LABEL_VALUE_FMT);
const CONFIG_KEY = whole(CONFIG_KEY_FMT);
const RELAXED_ENV_NAME = /^[ -<>-~]+$/;
const C_IDENTIFIER = whole(C_IDENTIFIER_FMT);
const HTTP_HEADER = whole(HTTP_HEADER_FMT);

/** "… (e.g. 'a',  or 'b', regex used for validation is 'r')": upstream's RegexError. */
export function regexError(message: string, format: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  const list = examples.map((e, i) => (i > 0 ? ` or '${e}', ` : `'${e}', `)).join('');
  return `${message} (e.g. ${list}regex used for validation is '${format}')`;
}

const maxLengthError = (max: number): string => `must be no more than ${max} characters`;
export const maxBytesError = (max: number): string => `must be no more than ${max} bytes`;
/** Upstream's InclusiveRangeError. */
export const rangeError = (low: number, high: number): string =>
  `must be between ${low} and ${high}, inclusive`;

const bytes = (value: string) => Buffer.byteLength(value);

const DNS_LABEL_MESSAGE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

/** RFC 1123 label: at most 63 of [-a-z0-9]. */
export function dnsLabel(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > DNS_LABEL_MAX) errors.push(maxLengthError(DNS_LABEL_MAX));
  if (!LABEL.test(value)) {
    errors.push(
      SUBDOMAIN.test(value)
        ? 'must not contain dots'
        : regexError(DNS_LABEL_MESSAGE, LABEL_FMT, 'my-name', '123-abc'),
    );
  }
  return errors;
}

/** RFC 1123 subdomain: at most 253, labels joined by dots. */
export function dnsSubdomain(value: string, tooLong: (max: number) => string = maxLengthError): string[] {
  const errors: string[] = [];
  if (bytes(value) > DNS_SUBDOMAIN_MAX) errors.push(tooLong(DNS_SUBDOMAIN_MAX));
  if (!SUBDOMAIN.test(value)) errors.push(regexError(SUBDOMAIN_MESSAGE, SUBDOMAIN_FMT, 'example.com'));
  return errors;
}

/** The same, where underscores are fine too: service names in DNS start with one. */
export function dnsSubdomainWithUnderscores(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > DNS_SUBDOMAIN_MAX) errors.push(maxLengthError(DNS_SUBDOMAIN_MAX));
  if (!UNDERSCORED.test(value)) {
    const message = SUBDOMAIN_MESSAGE.replace("'-' or '.'", "'_', '-' or '.'");
    errors.push(regexError(message, UNDERSCORED_FMT, 'example.com'));
  }
  return errors;
}

/** RFC 1035 label: as dnsLabel, but starts with a letter. */
export function dns1035Label(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > DNS_LABEL_MAX) errors.push(maxLengthError(DNS_LABEL_MAX));
  if (!LABEL_1035.test(value)) {
    errors.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        LABEL_1035_FMT,
        'my-name',
        'abc-123',
      ),
    );
  }
  return errors;
}

/** *.example.com */
export function wildcardDnsSubdomain(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > DNS_SUBDOMAIN_MAX) errors.push(maxLengthError(DNS_SUBDOMAIN_MAX));
  if (!WILDCARD.test(value)) {
    errors.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD_FMT,
        '*.example.com',
      ),
    );
  }
  return errors;
}

/** Label keys, annotation keys, finalizers, resource names: [prefix/]name. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  const errors: string[] = [];
  if (parts.length > 2) {
    return [
      `${regexError(
        "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        QUALIFIED_FMT,
        'MyName',
        'my.name',
        '123-abc',
      )} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const name = parts[parts.length - 1] ?? '';
  if (prefix === '') errors.push('prefix part must be non-empty');
  else if (prefix !== undefined)
    errors.push(...dnsSubdomain(prefix, maxBytesError).map(m => `prefix part ${m}`));
  if (name === '') errors.push('name part must be non-empty');
  else if (bytes(name) > DNS_LABEL_MAX) errors.push(`name part ${maxBytesError(DNS_LABEL_MAX)}`);
  if (!QUALIFIED.test(name)) {
    errors.push(
      `name part ${regexError(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        QUALIFIED_FMT,
        'MyName',
        'my.name',
        '123-abc',
      )}`,
    );
  }
  return errors;
}

export function labelValue(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > DNS_LABEL_MAX) errors.push(maxBytesError(DNS_LABEL_MAX));
  if (!LABEL_VALUE.test(value)) {
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE_FMT,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

/** Keys of ConfigMap and Secret data: file names. */
export function configMapKey(value: string): string[] {
  const errors: string[] = [];
  if (bytes(value) > DNS_SUBDOMAIN_MAX) errors.push(maxLengthError(DNS_SUBDOMAIN_MAX));
  if (!CONFIG_KEY.test(value)) {
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY_FMT,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  errors.push(...notDotDot(value));
  return errors;
}

function notDotDot(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** Environment variable names as v1.34 and later take them: printable ASCII but '='. */
export function relaxedEnvVarName(value: string): string[] {
  if (value === '') return ['environment variable name must not be empty'];
  return RELAXED_ENV_NAME.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function cIdentifier(value: string): string[] {
  return C_IDENTIFIER.test(value)
    ? []
    : [
        regexError(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          C_IDENTIFIER_FMT,
          'my_name',
          'MY_NAME',
          'MyName',
        ),
      ];
}

export function httpHeaderName(value: string): string[] {
  return HTTP_HEADER.test(value)
    ? []
    : [
        regexError(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          HTTP_HEADER_FMT,
          'X-Header-Name',
        ),
      ];
}

/** IANA service name: names of ports. */
export function portName(value: string): string[] {
  const errors: string[] = [];
  if (value.length > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value !== '' && (value.startsWith('-') || value.endsWith('-'))) {
    errors.push('must not begin or end with a hyphen');
  }
  return errors;
}

export function portNumber(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : [rangeError(1, 65535)];
}

/** Names that stand as one segment in URLs: RBAC objects and others with free names. */
export function pathSegmentName(value: string, isPrefix = false): string[] {
  const errors: string[] = [];
  if (!isPrefix && (value === '.' || value === '..')) errors.push(`may not be '${value}'`);
  for (const c of ['/', '%']) if (value.includes(c)) errors.push(`may not contain '${c}'`);
  return errors;
}

/** generateName may end in '-': upstream checks it as if a letter followed. */
function maskTrailingDash(value: string): string {
  return value.length > 1 && value.endsWith('-') ? `${value.slice(0, -2)}a` : value;
}

/** What a kind's rule says of a name, or of a generateName (`isPrefix`). */
export function checkName(rule: NameRule | undefined, value: string, isPrefix = false): readonly string[] {
  if (typeof rule === 'function') return rule(value, isPrefix);
  if (rule === 'path-segment') return pathSegmentName(value, isPrefix);
  const name = isPrefix ? maskTrailingDash(value) : value;
  if (rule === 'dns-label') return dnsLabel(name);
  if (rule === 'dns-label-1035') return dns1035Label(name);
  return dnsSubdomain(name);
}
