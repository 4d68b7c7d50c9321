/** Image names as people write them, and as runtimes know them. */

/** The full name: docker.io/library/nginx:latest for nginx. */
export function fullImageName(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = isHost ? image : `docker.io/${slash < 0 ? `library/${image}` : image}`;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.includes(':') || path.includes('@') ? path : `${path}:latest`;
}

/** The registry asked for the image: docker.io for nginx. */
export const registryOf = (image: string): string => fullImageName(image).split('/')[0] ?? '';
