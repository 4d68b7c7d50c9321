/** Security contexts, and what an operating system forbids: one case a rule. */
import { describe, expect, test } from 'vitest';
import { podProblems } from '../../../testing/pods.ts';

const NOT_FOR_WINDOWS = 'Forbidden: cannot be set for a windows pod';
const user = (runAsUserName: string) => ({ securityContext: { windowsOptions: { runAsUserName } } });
const USER = 'spec.securityContext.windowsOptions.runAsUserName';

interface Case {
  readonly spec: Record<string, unknown>;
  readonly problems: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  'a bad seccomp type and a profile it cannot have': {
    spec: { securityContext: { seccompProfile: { type: 'Bogus', localhostProfile: 'x' } } },
    problems: [
      'spec.securityContext.seccompProfile.type: Unsupported value: "Bogus": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
      'spec.securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"Bogus","LocalhostProfile":"x"}: can only be set when seccomp type is Localhost',
    ],
  },
  'a seccomp profile of no name': {
    spec: { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: '' } } },
    problems: [],
  },
  'an AppArmor profile that the type cannot have': {
    spec: { securityContext: { appArmorProfile: { type: 'Unconfined', localhostProfile: 'x' } } },
    problems: [
      'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is Localhost',
    ],
  },
  'a sysctl without name, groups out of range and shared processes, in order': {
    spec: {
      hostPID: true,
      shareProcessNamespace: true,
      securityContext: { supplementalGroups: [-1], sysctls: [{ name: '', value: '1' }] },
    },
    problems: [
      'spec.securityContext.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
      'spec.securityContext.sysctls[0].name: Required value',
    ],
  },
  'a Windows user with a control character': {
    spec: user('a\tb'),
    problems: [`${USER}: Invalid value: "a\\tb": runAsUserName cannot contain control characters`],
  },
  'a Windows user with a C1 character': { spec: user('a\u0085b'), problems: [] },
  'a Windows user of too many bytes': {
    spec: user('é'.repeat(53)),
    problems: [
      `${USER}: Invalid value: "${'é'.repeat(53)}": runAsUserName's User length must not be longer than 104 characters`,
    ],
  },
  'a Windows domain with a label that is too long': {
    spec: user(`${'a'.repeat(64)}.b\\u`),
    problems: [
      `${USER}: Invalid value: "${'a'.repeat(64)}.b\\\\u": runAsUserName's Domain doesn't match the NetBios nor the DNS format`,
    ],
  },
  'no operating system': {
    spec: { os: { name: '' } },
    problems: ['spec.os.name: Required value: cannot be empty'],
  },
  'an operating system nobody knows, and nothing said of its fields': {
    spec: { os: { name: 'plan9' }, hostPID: true },
    problems: ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
  },
  'fields that are no business of Windows, even when they are false or zero': {
    spec: {
      os: { name: 'windows' },
      hostUsers: true,
      hostPID: false,
      hostIPC: true,
      shareProcessNamespace: false,
      securityContext: {
        runAsUser: 0,
        sysctls: [],
        fsGroup: 0,
        seLinuxChangePolicy: 'Recursive',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [{ name: 'c', image: 'i', securityContext: { privileged: false, runAsGroup: 0 } }],
      initContainers: [{ name: 'd', image: 'i', securityContext: { capabilities: {} } }],
    },
    problems: [
      'spec.hostUsers',
      'spec.hostIPC',
      'spec.securityContext.seccompProfile',
      'spec.securityContext.fsGroup',
      'spec.shareProcessNamespace',
      'spec.securityContext.runAsUser',
      'spec.securityContext.seLinuxChangePolicy',
      'spec.initContainers[0].securityContext.capabilities',
      'spec.containers[0].securityContext.privileged',
      'spec.containers[0].securityContext.runAsGroup',
    ].map(field => `${field}: ${NOT_FOR_WINDOWS}`),
  },
  'options of Windows for Linux': {
    spec: {
      os: { name: 'linux' },
      securityContext: { windowsOptions: {} },
      containers: [{ name: 'c', image: 'i', securityContext: { windowsOptions: {} } }],
    },
    problems: ['spec.securityContext', 'spec.containers[0].securityContext'].map(
      at => `${at}.windowsOptions: Forbidden: windows options cannot be set for a linux pod`,
    ),
  },
};

describe('security of pods', () => {
  test.each(Object.entries(CASES))('%s', (_, { spec, problems }) => {
    expect(podProblems(spec)).toEqual(problems);
  });
});
