/** What admission reserved for an operation, released when the operation is over. */
export class Releases {
  private readonly list: (() => void)[] = [];

  readonly add = (release: () => void): void => {
    this.list.push(release);
  };

  /** Releases what has been added so far; more may be added afterwards, by another attempt. */
  run(): void {
    for (const release of this.list.splice(0)) release();
  }
}
