/**
 * FlowSchemas and PriorityLevelConfigurations that every server has (facts/bootstrap.json, asked
 * from upstream). Two pairs are mandatory: `exempt` and `catch-all` hold whatever is stored, also
 * while nothing is.
 */
import { readFileSync } from 'node:fs';
import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/flowcontrol-v1.ts';

export const EXEMPT = 'exempt';
export const CATCH_ALL = 'catch-all';
export const GROUP = 'flowcontrol.apiserver.k8s.io';
/** "true": the server keeps the spec of a suggested object up to date; "false": it is the operator's. */
export const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';

export interface BootstrapFlowObjects {
  readonly levels: readonly PriorityLevelConfiguration[];
  readonly schemas: readonly FlowSchema[];
}

const PATH = `/apis/${GROUP}/v1`;
let known: BootstrapFlowObjects | undefined;

export function bootstrapFlowObjects(): BootstrapFlowObjects {
  if (!known) {
    const facts = JSON.parse(
      readFileSync(new URL('../../api/facts/bootstrap.json', import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
    known = {
      levels: facts[`${PATH}/prioritylevelconfigurations`] as PriorityLevelConfiguration[],
      schemas: facts[`${PATH}/flowschemas`] as FlowSchema[],
    };
  }
  return known;
}

export const isMandatory = (name: string | undefined): boolean => name === EXEMPT || name === CATCH_ALL;
