import { expect, test } from 'vitest';
import { newPod, podProblems, strategyContext } from '../../../testing/pods.ts';
import { pod as kind } from '../pod.ts';

const c = 'spec.containers[0]';
const of = (container: object, more: object = {}) =>
  podProblems({ containers: [{ name: 'c', image: 'img', ...container }], ...more });
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const sources =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
const env = (variable: object, volumes: object[] = []) =>
  of({ env: [{ name: 'A', ...variable }] }, { volumes });
const rules = (restartPolicyRules: object[], restartPolicy?: string) =>
  of({ restartPolicyRules, ...(restartPolicy === undefined ? {} : { restartPolicy }) });
const codes = { operator: 'In', values: [1] };
const limited = (amounts: object) => of({ resources: { limits: amounts } });
const claimed = (claims: object[]) =>
  of({ resources: { claims } }, { resourceClaims: [{ name: 'r', resourceClaimName: 'x' }] });

test.each<[what: string, errors: readonly string[], told: readonly string[]]>([
  [
    'a value and a source that says nothing',
    env({ value: 'v', valueFrom: {} }),
    [`${c}.env[0].valueFrom: Invalid value: "": ${sources}`],
  ],
  [
    'a file outside its volume, of a volume with a bad name',
    env({ valueFrom: { fileKeyRef: { volumeName: 'V', path: '/a/../b', key: 'k' } } }),
    [
      `${c}.env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "V": ${label}`,
      `${c}.env[0].valueFrom.fileKeyRef.path: Invalid value: "/a/../b": must not contain '..'`,
      `${c}.env[0].valueFrom.fileKeyRef.volumeName: Not found: "V"`,
    ],
  ],
  [
    'an absolute path of a file',
    env({ valueFrom: { fileKeyRef: { volumeName: 'v', path: '/a', key: 'k' } } }, [{ name: 'v' }]),
    [],
  ],
  [
    'rules without a policy',
    rules([{ action: 'Restart', exitCodes: codes }]),
    [`${c}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`],
  ],
  [
    'rules that say nothing',
    rules([{ action: '' }, { action: 'Restart', exitCodes: { operator: '' } }], 'Never'),
    [
      `${c}.restartPolicyRules[0].action: Unsupported value: "": supported values: "Restart", "RestartAllContainers"`,
      `${c}.restartPolicyRules[0].exitCodes: Required value: must be specified`,
      `${c}.restartPolicyRules[1].exitCodes.operator: Unsupported value: "": supported values: "In", "NotIn"`,
    ],
  ],
  [
    'too many rules',
    rules(Array(21).fill({ action: 'RestartAllContainers', exitCodes: codes }), 'Always'),
    [`${c}.restartPolicyRules: Too many: 21: must have at most 20 items`],
  ],
  [
    'too many exit codes',
    rules([{ action: 'Restart', exitCodes: { operator: 'NotIn', values: Array(256).fill(1) } }], 'Always'),
    [`${c}.restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items`],
  ],
  [
    'pages of no size',
    limited({ cpu: '1', 'hugepages-x': '1' }),
    ['limits', 'requests'].map(
      kind =>
        `${c}.resources.${kind}[hugepages-x]: Invalid value: "1": 1 is not positive integer multiple of hugepages-x`,
    ),
  ],
  [
    'a claim twice',
    claimed([{ name: 'r' }, { name: 'r', request: 'q' }]),
    [`${c}.resources.claims[1]: Duplicate value: "r"`],
  ],
  [
    'a claim in parts and whole',
    claimed([{ name: 'r', request: 'q' }, { name: 'r', request: 'Q' }, { name: 'r' }]),
    [
      `${c}.resources.claims[1].request: Invalid value: "Q": ${label}`,
      `${c}.resources.claims[2]: Duplicate value: "r"`,
      `${c}.resources.claims[2]: Duplicate value: "r"`,
    ],
  ],
])('a container with %s', (_, errors, told) => {
  expect(errors).toEqual(told);
});

test('files of variables are in volumes of the pod’s own, which is seen to at last', () => {
  const env = (volumeName: string) => [
    { name: 'A', valueFrom: { fileKeyRef: { volumeName, path: 'p', key: 'k' } } },
  ];
  const problems = podProblems({
    containers: [{ name: 'c', image: 'img', env: env('') }],
    initContainers: [{ name: 'i', image: 'img', env: env('v') }],
    volumes: [{ name: 'v', configMap: { name: 'm' } }],
    hostname: 'A.',
  });
  expect(problems.filter(problem => !problem.startsWith('spec.hostname:'))).toEqual([
    `${c}.env[0].valueFrom.fileKeyRef.volumeName: Required value`,
    'spec.initContainers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "v": referenced volume must be of type emptyDir',
    `${c}.env[0].valueFrom.fileKeyRef.volumeName: Not found: ""`,
  ]);
  expect(problems[1]).toContain('spec.hostname');
});

test('a pod that is never restarted is not for a resize either', () => {
  const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  expect(of({ resizePolicy }, { restartPolicy: 'Never' })).toEqual([
    `${c}.resizePolicy: Invalid value: "RestartContainer": must be 'NotRequired' when pod \`restartPolicy\` is 'Never'`,
  ]);
});

test('the picture of a pod that a kubelet runs claims no devices', () => {
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  const resourceClaims = [{ name: 'A.' }, { name: 'b', resourceClaimName: 'c' }];
  const nodeName = 'n';
  const why = ': Forbidden: static pods do not support resource claims';
  expect(podProblems({ nodeName, resourceClaims }, { annotations })).toEqual([why, why]);
});

test('an init container is not restarted for a resize, unless it goes on running or was there before', () => {
  const resizePolicy = [
    { resourceName: 'cpu', restartPolicy: 'NotRequired' },
    { resourceName: 'memory', restartPolicy: 'RestartContainer' },
  ];
  const init = { name: 'i', image: 'img', resizePolicy };
  expect(podProblems({ initContainers: [init, { ...init, name: 's', restartPolicy: 'Always' }] })).toEqual([
    `spec.initContainers[0].resizePolicy[1].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
  ]);
  const old = newPod({ initContainers: [init] }, { resourceVersion: '1' });
  expect(kind.validateUpdate?.(structuredClone(old), old, strategyContext())).toEqual([]);
});

const pod = (resources: object, containers: readonly object[], more: object = {}) => ({
  resources,
  containers: containers.map((resources, i) => ({ name: `c${i}`, image: 'img', resources })),
  ...more,
});

test.each<[what: string, spec: Record<string, unknown>, told: readonly string[]]>([
  [
    'requests below those of its containers',
    pod({ requests: { cpu: '1' } }, [{ requests: { cpu: '600m' } }, { requests: { cpu: '600m' } }]),
    [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1200m',
    ],
  ],
  ['requests for one resource only', pod({ requests: { cpu: '1' } }, [{ requests: { memory: '1Gi' } }]), []],
  [
    'a limit below that of a container',
    pod({ limits: { cpu: '1' } }, [{}, { limits: { cpu: '2' }, requests: { cpu: '1' } }]),
    [
      'spec.resources.containers[1][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
    ],
  ],
  [
    'huge pages below those of its containers',
    pod({ limits: { cpu: '1', 'hugepages-2Mi': '2Mi' } }, [
      { limits: { cpu: '1', 'hugepages-2Mi': '2Mi' } },
      { limits: { cpu: '0', 'hugepages-2Mi': '2Mi' } },
    ]),
    [
      'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container requests of 4Mi',
      'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
    ],
  ],
  [
    'names that are none',
    pod({ limits: { bogus: '1', 'example.com/x': '1' } }, [{}]),
    [
      'spec.resources.limits[bogus]: Invalid value: "bogus": must be a standard resource type or fully qualified',
      'spec.resources.limits[example.com/x]: Unsupported value: "example.com/x": supported values: "cpu", "hugepages-", "memory"',
    ],
  ],
  [
    'an operating system that does not know them',
    pod({ limits: { cpu: '1' } }, [{}], { os: { name: 'windows' } }),
    ['spec.resources: Forbidden: may not be set for a windows pod'],
  ],
])('a pod as a whole with %s', (_, spec, told) => {
  // Those that are named again by the requests that the limits give are left out.
  expect(podProblems(spec).filter(e => !/requests\[(bogus|example)|non overcommit/.test(e))).toEqual(told);
});

test('the huge pages of its containers are those of the pod', () => {
  const huge = { limits: { cpu: '1', 'hugepages-2Mi': '2Mi' } };
  expect(newPod(pod({ requests: { cpu: '3' } }, [huge, huge])).spec.resources).toEqual({
    limits: { 'hugepages-2Mi': '4Mi' },
    requests: { cpu: '3', 'hugepages-2Mi': '4Mi' },
  });
});
