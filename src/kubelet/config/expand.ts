/**
 * $(NAME) in commands, arguments and environment values (API reference: Container.command):
 * known names are replaced, unknown ones stay as they are, $$ is one dollar sign.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, inner: string, name: string | undefined) => {
    if (inner === '$') return '$';
    return name === undefined ? whole : (lookup(name) ?? whole);
  });
}
