import type { ServiceAccount } from '../../generated/core-v1.ts';
import { age, name } from '../columns.ts';
import { defineKind } from '../define.ts';

const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';

/** References to secrets are by name alone: they are in the account's own namespace. */
function keepNamesOnly(account: ServiceAccount): void {
  if (account.secrets)
    account.secrets = account.secrets.map(s => (s.name === undefined ? {} : { name: s.name }));
}

export const serviceAccount = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  prepareForCreate: keepNamesOnly,
  prepareForUpdate: keepNamesOnly,
  validate: () => [],
  warnings: o =>
    o.metadata.annotations?.[MOUNTABLE] === undefined
      ? []
      : [
          `metadata.annotations[${MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ],
  columns: [name, age],
});
