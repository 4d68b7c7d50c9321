/** A container that cannot be made as its spec asks, with the reason its status shows. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  constructor(
    /** CreateContainerConfigError, RunContainerError, ErrImagePull, … */
    readonly reason: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const configError = (message: string, options?: ErrorOptions): StartFailure =>
  new StartFailure('CreateContainerConfigError', message, options);
