/** What has been opened, closed in the reverse order however a start or a run ends. */
import type { Logger } from '../../base/log.ts';

export type OnClose = (name: string, close: () => Promise<void> | void) => void;

export class Closers {
  readonly #opened: { readonly name: string; close(): Promise<void> | void }[] = [];

  readonly add: OnClose = (name, close) => {
    this.#opened.push({ name, close });
  };

  /** One that fails is logged; the others are closed all the same. */
  async close(log: Logger): Promise<void> {
    for (const { name, close } of this.#opened.splice(0).reverse()) {
      log.info('closing', { part: name });
      try {
        await close();
      } catch (error) {
        log.error('cannot close', { part: name, error: String(error) });
      }
    }
  }
}
