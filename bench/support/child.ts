/** A helper process of a benchmark: started with node, speaks JSON lines, ends with its stdin. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string, args: readonly string[], nodeFlags: readonly string[] = []) {
    const path = new URL(script, import.meta.url).pathname;
    this.#process = spawn(process.execPath, [...nodeFlags, path, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The next line it prints. @throws Error when it ends instead */
  async read<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The helper process ended');
    return JSON.parse(value) as T;
  }

  async ask<T>(): Promise<T> {
    this.#process.stdin.write('\n');
    return this.read<T>();
  }

  close(): void {
    this.#process.stdin.end();
    this.#process.kill();
  }
}
