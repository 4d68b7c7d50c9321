/**
 * The expressions of admission: what each may read and has to evaluate to (Kubernetes documentation,
 * "Validating Admission Policy" and "Dynamic Admission Control": match conditions).
 */
import { stringFields, type Variables } from '../cel/check.ts';
import { compile } from '../cel/compile.ts';
import { KUBERNETES_TYPES } from '../cel/kubernetes-functions.ts';
import {
  BOOL,
  type CelType,
  DYN,
  INT,
  list,
  map,
  object,
  STRING,
  sameType,
  TIMESTAMP,
  typeName,
} from '../cel/types.ts';
import { type FieldError, invalidValue } from '../field-error.ts';

const strings = list(STRING);
const kind = object('kubernetes.GroupVersionKind', stringFields('group', 'version', 'kind'));
const resource = object('kubernetes.GroupVersionResource', stringFields('group', 'version', 'resource'));

const request = object('kubernetes.AdmissionRequest', {
  kind,
  resource,
  requestKind: kind,
  requestResource: resource,
  ...stringFields('subResource', 'requestSubResource', 'name', 'namespace', 'operation'),
  userInfo: object('kubernetes.UserInfo', {
    ...stringFields('username', 'uid'),
    groups: strings,
    extra: map(STRING, strings),
  }),
  dryRun: BOOL,
  options: DYN,
});

const namespaceObject = object('kubernetes.Namespace', {
  metadata: object('kubernetes.NamespaceMetadata', {
    ...stringFields('name', 'generateName', 'namespace', 'UID', 'resourceVersion'),
    labels: map(STRING, STRING),
    annotations: map(STRING, STRING),
    creationTimestamp: TIMESTAMP,
    deletionTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    generation: INT,
    finalizers: strings,
  }),
  spec: object('kubernetes.NamespaceSpec', { finalizers: strings }),
  status: object('kubernetes.NamespaceStatus', { phase: STRING }),
});

const authorizerType = object(KUBERNETES_TYPES.Authorizer ?? '', {});
const authorizer = {
  authorizer: authorizerType,
  'authorizer.requestResource': object(KUBERNETES_TYPES.ResourceCheck ?? '', {}),
};

export interface ExpressionScope {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** What a policy's variables are; absent: it has none, and `variables` is not known. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Absent: not a mutation. */
  readonly mutates?: boolean;
}

/** What mutations make. */
export const OBJECT: CelType = object('Object');
export const JSON_PATCH: CelType = object('JSONPatch', { ...stringFields('op', 'path', 'from'), value: DYN });

export function admissionVariables({
  hasParams,
  hasAuthorizer,
  variables,
  mutates,
}: ExpressionScope): Variables {
  return {
    object: DYN,
    oldObject: DYN,
    request,
    namespaceObject,
    ...(hasParams ? { params: DYN } : {}),
    ...(hasAuthorizer ? authorizer : {}),
    ...(variables ? { variables: object('kubernetes.variables', variables) } : {}),
    ...(mutates
      ? {
          Object: { kind: 'type', of: OBJECT } as const,
          JSONPatch: { kind: 'type', of: JSON_PATCH } as const,
        }
      : {}),
  };
}

/** `wanted`: the types it may evaluate to; none: any. `type` is dyn where it does not compile. */
export function compileExpression(
  expression: string,
  path: string,
  scope: ExpressionScope,
  wanted: readonly CelType[],
): { type: CelType; errors: FieldError[] } {
  const compiled = compile(expression, admissionVariables(scope));
  const refuse = (why: string) => [invalidValue(path, expression, why)];
  if ('error' in compiled) return { type: DYN, errors: refuse(`compilation failed: ${compiled.error}`) };
  const { type } = compiled;
  if (wanted.length === 0 || wanted.some(w => sameType(w, type))) return { type, errors: [] };
  const names = wanted.map(typeName);
  const which = names.length === 1 ? names[0] : `one of [${names.join(' ')}]`;
  return { type, errors: refuse(`must evaluate to ${which} but got ${typeName(type)}`) };
}

/** An expression that answers yes or no. */
export const checkCondition = (expression: string, path: string, scope: ExpressionScope): FieldError[] =>
  compileExpression(expression, path, scope, [BOOL]).errors;
