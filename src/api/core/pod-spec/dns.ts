/** DNS settings and host aliases of a pod. */
import type { HostAlias, PodDNSConfig } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, invalidValue, required } from '../../field-error.ts';
import { dnsSubdomainWithUnderscores } from '../../meta/names.ts';
import { checkDnsSubdomain, checked } from '../../validation/checks.ts';
import { ipErrors } from '../../validation/ip.ts';

const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_LIST_MAX = 2048;

export function validateDnsConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  path: string,
): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (policy === 'None') {
    if (!config) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (nameservers.length === 0) {
      return [
        required(
          child(path, 'nameservers'),
          'must provide at least one DNS nameserver when `dnsPolicy` is None',
        ),
      ];
    }
  }
  const errors: FieldError[] = [];
  const [serversPath, searchesPath] = [child(path, 'nameservers'), child(path, 'searches')];
  if (nameservers.length > NAMESERVERS_MAX) {
    errors.push(
      invalidValue(serversPath, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`),
    );
  }
  errors.push(...nameservers.flatMap((ip, i) => checked(at(serversPath, i), ip, ipErrors)));
  if (searches.length > SEARCHES_MAX) {
    errors.push(invalidValue(searchesPath, searches, `must not have more than ${SEARCHES_MAX} search paths`));
  }
  if (searches.join(' ').length > SEARCH_LIST_MAX) {
    errors.push(
      invalidValue(
        searchesPath,
        searches,
        `must not have more than ${SEARCH_LIST_MAX} characters (including spaces) in the search list`,
      ),
    );
  }
  searches.forEach((search, i) => {
    // A trailing dot, a lone dot and underscores are fine in search paths (KEP-4427).
    if (search === '.') return;
    errors.push(...checked(at(searchesPath, i), search.replace(/\.$/, ''), dnsSubdomainWithUnderscores));
  });
  options.forEach(({ name }, i) => {
    if (!name) errors.push(required(at(child(path, 'options'), i), 'must not be empty'));
  });
  return errors;
}

export function validateHostAliases(aliases: readonly HostAlias[], path: string): FieldError[] {
  return aliases.flatMap(({ ip, hostnames = [] }, i) => [
    ...checked(child(at(path, i), 'ip'), ip, ipErrors),
    ...hostnames.flatMap((name, j) => checkDnsSubdomain(at(child(at(path, i), 'hostnames'), j), name)),
  ]);
}
