/** The Targets column of HorizontalPodAutoscalers: what is measured against what is aimed at. */
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../generated/autoscaling-v2.ts';

/** How many metrics a row shows before it says how many more there are. */
const MAX_SHOWN = 2;

export function targets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const texts = metrics.map((metric, i) => target(metric, status?.currentMetrics?.[i]));
  const shown = texts.slice(0, MAX_SHOWN).join(', ');
  return texts.length > MAX_SHOWN ? `${shown} + ${texts.length - MAX_SHOWN} more...` : shown;
}

function target(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return valueOrAverage(spec.external?.target, status?.external?.current);
    case 'Object':
      return valueOrAverage(spec.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? '<unknown>'}/${spec.pods?.target.averageValue ?? ''}`;
    case 'Resource':
      return resource(spec.resource, status?.resource?.current);
    case 'ContainerResource':
      return resource(spec.containerResource, status?.containerResource?.current);
    default:
      return '<unknown type>';
  }
}

function valueOrAverage(aim: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (aim?.averageValue !== undefined)
    return `${current?.averageValue ?? '<unknown>'}/${aim.averageValue} (avg)`;
  return `${current?.value ?? '<unknown>'}/${aim?.value ?? ''}`;
}

function resource(
  spec: { readonly name: string; readonly target: MetricTarget } | undefined,
  current: MetricValueStatus | undefined,
): string {
  const aim = spec?.target;
  const name = spec?.name ?? '';
  if (aim?.averageValue !== undefined)
    return `${name}: ${current?.averageValue ?? '<unknown>'}/${aim.averageValue}`;
  const measured = percent(current?.averageUtilization) ?? '<unknown>';
  return `${name}: ${measured}/${percent(aim?.averageUtilization) ?? '<auto>'}`;
}

const percent = (value: number | undefined) => (value === undefined ? undefined : `${value}%`);
