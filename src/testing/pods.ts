/** Pods as the API server has them before it judges them: decoded, with defaults, prepared. */
import { pod as kind } from '../api/core/pod.ts';
import { defaultPodTemplate } from '../api/core/pod-spec/defaults.ts';
import { podTemplateOptions } from '../api/core/pod-spec/options.ts';
import { validatePodTemplateSpec } from '../api/core/pod-spec/validate.ts';
import type { FieldError } from '../api/field-error.ts';
import type { StrategyContext } from '../api/kind.ts';
import { decodeType } from '../api/schema/decode.ts';
import { seededRandom } from '../base/random.ts';
import type { Pod, PodTemplateSpec } from '../generated/core-v1.ts';
import { virtualClock } from './virtual-clock.ts';

type Json = Record<string, unknown>;

export const strategyContext = (subresource?: string): StrategyContext => ({
  clock: virtualClock(),
  random: seededRandom(1),
  ...(subresource === undefined ? {} : { subresource }),
});

/** A pod of one container unless `spec` says otherwise. */
export function newPod(spec: Json = {}, metadata: Json = {}): Pod {
  const decoded = decodeType('io.k8s.api.core.v1.Pod', {
    metadata: { name: 'a', namespace: 'ns', ...metadata },
    spec: { containers: [{ name: 'c', image: 'img' }], ...spec },
  });
  const pod = decoded.value as unknown as Pod;
  kind.defaults?.(pod, strategyContext());
  kind.prepareForCreate?.(pod, strategyContext());
  return pod;
}

/** `path: what is wrong`, one each. */
export const told = (errors: readonly FieldError[]): string[] => errors.map(e => `${e.field}: ${e.body}`);

/** What a server says of a new pod. */
export const podProblems = (spec: Json, metadata?: Json): string[] =>
  told(kind.validate?.(newPod(spec, metadata), strategyContext()) ?? []);

/** The same of a template, at `template`. */
export function templateProblems(spec: Json, metadata: Json = {}): string[] {
  const decoded = decodeType('io.k8s.api.core.v1.PodTemplateSpec', {
    metadata,
    spec: { containers: [{ name: 'c', image: 'img' }], ...spec },
  });
  const template = decoded.value as unknown as PodTemplateSpec;
  defaultPodTemplate(template);
  return told(validatePodTemplateSpec(template, 'template', podTemplateOptions(template)));
}
