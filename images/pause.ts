/**
 * pause: the infra container that holds a pod's namespaces. It waits, reaps what is orphaned to it
 * (as PID 1 of a shared PID namespace), and ends at once on TERM or INT.
 *
 * Users have no compiler, and Debian has no such program, so the machine code stands here: some
 * twenty instructions for each architecture. No signal handler is needed: the three signals are
 * blocked and waited for, which works for PID 1 too, since a blocked signal is never discarded.
 *
 *     rt_sigprocmask(SIG_BLOCK, {INT, TERM, CHLD})
 *     wait: n = rt_sigtimedwait({INT, TERM, CHLD}); if (n < 0) goto wait
 *           if (n != CHLD) exit_group(0)
 *     reap: while (wait4(-1, 0, WNOHANG, 0) > 0);  goto wait
 *
 * Refused alternative: a shell with a trap; it costs a megabyte and a second process.
 */
import { type Machine, staticExecutable } from './elf.ts';
import { file, type ImageRecipe } from './image.ts';

/** Bit n - 1 stands for signal n: INT 2, TERM 15, CHLD 17. */
const SIGNALS = Buffer.alloc(8);
SIGNALS.writeUInt32LE((1 << 1) | (1 << 14) | (1 << 16));

// prettier-ignore
const AMD64 = Buffer.from([
  0xb8,
  14,
  0,
  0,
  0, //       mov eax, 14 (rt_sigprocmask)
  0x31,
  0xff, //       xor edi, edi (SIG_BLOCK)
  0x48,
  0x8d,
  0x35,
  0x46,
  0,
  0,
  0, //       lea rsi, [rip + SIGNALS]
  0x31,
  0xd2, //       xor edx, edx
  0x6a,
  8,
  0x41,
  0x5a, //       push 8; pop r10 (size of the set)
  0x0f,
  0x05, //       syscall
  0xb8,
  128,
  0,
  0,
  0, // wait: mov eax, 128 (rt_sigtimedwait)
  0x48,
  0x8d,
  0x3d,
  0x32,
  0,
  0,
  0, //       lea rdi, [rip + SIGNALS]
  0x31,
  0xf6, //       xor esi, esi
  0x31,
  0xd2, //       xor edx, edx
  0x6a,
  8,
  0x41,
  0x5a, //       push 8; pop r10
  0x0f,
  0x05, //       syscall
  0x83,
  0xf8,
  17, //       cmp eax, 17 (CHLD)
  0x74,
  0x0d, //       je reap
  0x85,
  0xc0, //       test eax, eax
  0x78,
  0xe1, //       js wait
  0xb8,
  231,
  0,
  0,
  0, //       mov eax, 231 (exit_group)
  0x31,
  0xff, //       xor edi, edi
  0x0f,
  0x05, //       syscall
  0x6a,
  61,
  0x58, // reap: push 61; pop rax (wait4)
  0x6a,
  0xff,
  0x5f, //       push -1; pop rdi
  0x31,
  0xf6, //       xor esi, esi
  0x6a,
  1,
  0x5a, //       push 1; pop rdx (WNOHANG)
  0x45,
  0x31,
  0xd2, //       xor r10d, r10d
  0x0f,
  0x05, //       syscall
  0x85,
  0xc0, //       test eax, eax
  0x7f,
  0xec, //       jg reap
  0xeb,
  0xc2, //       jmp wait
]);

// prettier-ignore
const ARM64 = words([
  0xd28010e8, //       mov x8, 135 (rt_sigprocmask)
  0xd2800000, //       mov x0, 0 (SIG_BLOCK)
  0x10000341, //       adr x1, SIGNALS
  0xd2800002, //       mov x2, 0
  0xd2800103, //       mov x3, 8 (size of the set)
  0xd4000001, //       svc 0
  0xd2801128, // wait: mov x8, 137 (rt_sigtimedwait)
  0x100002a0, //       adr x0, SIGNALS
  0xd2800001, //       mov x1, 0
  0xd2800002, //       mov x2, 0
  0xd2800103, //       mov x3, 8
  0xd4000001, //       svc 0
  0xf100441f, //       cmp x0, 17 (CHLD)
  0x540000a0, //       b.eq reap
  0xb7ffff00, //       tbnz x0, 63, wait
  0xd2800bc8, //       mov x8, 94 (exit_group)
  0xd2800000, //       mov x0, 0
  0xd4000001, //       svc 0
  0xd2802088, // reap: mov x8, 260 (wait4)
  0x92800000, //       mov x0, -1
  0xd2800001, //       mov x1, 0
  0xd2800022, //       mov x2, 1 (WNOHANG)
  0xd2800003, //       mov x3, 0
  0xd4000001, //       svc 0
  0xf100001f, //       cmp x0, 0
  0x54ffff2c, //       b.gt reap
  0x17ffffec, //       b wait
  0xd503201f, //       nop (SIGNALS is aligned to eight bytes)
]);

function words(code: readonly number[]): Buffer {
  const out = Buffer.alloc(code.length * 4);
  code.forEach((word, i) => out.writeUInt32LE(word, i * 4));
  return out;
}

export function pauseProgram(machine: Machine): Buffer {
  return staticExecutable(machine, Buffer.concat([machine === 'amd64' ? AMD64 : ARM64, SIGNALS]));
}

export const pause: ImageRecipe = {
  reference: 'docker.io/library/pause:latest',
  async build({ architecture }) {
    if (architecture !== 'amd64' && architecture !== 'arm64') {
      throw new Error(`Cannot make the pause image: no program for ${architecture}, only amd64 and arm64`);
    }
    return {
      reference: this.reference,
      layers: [new Map([['pause', file(pauseProgram(architecture), 0o755)]])],
      config: { entrypoint: ['/pause'] },
    };
  },
};
