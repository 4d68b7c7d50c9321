/**
 * Functions of CEL's standard library and of the extensions that Kubernetes turns on (Kubernetes
 * documentation, "Common Expression Language in Kubernetes"), one overload a line:
 * `size(list(A)) int` is a call, `string.contains(string) bool` a member. Capitals are type parameters.
 */
export const STANDARD_FUNCTIONS = `
!_(bool) bool
_&&_(bool, bool) bool
_||_(bool, bool) bool
_?_:_(bool, A, A) A
_==_(A, A) bool
_!=_(A, A) bool
_+_(int, int) int
_+_(uint, uint) uint
_+_(double, double) double
_+_(string, string) string
_+_(bytes, bytes) bytes
_+_(list(A), list(A)) list(A)
_+_(timestamp, duration) timestamp
_+_(duration, timestamp) timestamp
_+_(duration, duration) duration
_-_(int, int) int
_-_(uint, uint) uint
_-_(double, double) double
_-_(timestamp, timestamp) duration
_-_(timestamp, duration) timestamp
_-_(duration, duration) duration
_*_(int, int) int
_*_(uint, uint) uint
_*_(double, double) double
_/_(int, int) int
_/_(uint, uint) uint
_/_(double, double) double
_%_(int, int) int
_%_(uint, uint) uint
-_(int) int
-_(double) double
@in(A, list(A)) bool
@in(A, map(A, B)) bool
_[_](list(A), int) A
_[_](map(A, B), A) B
_[_](optional(list(A)), int) optional(A)
_[_](optional(map(A, B)), A) optional(B)
_[?_](list(A), int) optional(A)
_[?_](map(A, B), A) optional(B)
_[?_](optional(list(A)), int) optional(A)
_[?_](optional(map(A, B)), A) optional(B)
size(string) int
size(bytes) int
size(list(A)) int
size(map(A, B)) int
string.size() int
bytes.size() int
list(A).size() int
map(A, B).size() int
type(A) type(A)
dyn(A) dyn
bool(bool) bool
bool(string) bool
bytes(bytes) bytes
bytes(string) bytes
double(double) double
double(int) double
double(string) double
double(uint) double
duration(duration) duration
duration(string) duration
duration(int) duration
int(int) int
int(double) int
int(duration) int
int(string) int
int(timestamp) int
int(uint) int
string(string) string
string(bool) string
string(bytes) string
string(double) string
string(duration) string
string(int) string
string(timestamp) string
string(uint) string
timestamp(timestamp) timestamp
timestamp(int) timestamp
timestamp(string) timestamp
uint(uint) uint
uint(double) uint
uint(int) uint
uint(string) uint
matches(string, string) bool
string.matches(string) bool
string.contains(string) bool
string.endsWith(string) bool
string.startsWith(string) bool
duration.getHours() int
duration.getMilliseconds() int
duration.getMinutes() int
duration.getSeconds() int
string.charAt(int) string
string.indexOf(string) int
string.indexOf(string, int) int
string.lastIndexOf(string) int
string.lastIndexOf(string, int) int
string.lowerAscii() string
string.upperAscii() string
string.replace(string, string) string
string.replace(string, string, int) string
string.split(string) list(string)
string.split(string, int) list(string)
string.substring(int) string
string.substring(int, int) string
string.trim() string
string.reverse() string
string.format(list(dyn)) string
strings.quote(string) string
list(string).join() string
list(string).join(string) string
sets.contains(list(A), list(A)) bool
sets.equivalent(list(A), list(A)) bool
sets.intersects(list(A), list(A)) bool
optional.of(A) optional(A)
optional.ofNonZeroValue(A) optional(A)
optional.none() optional(A)
optional(A).hasValue() bool
optional(A).value() A
optional(A).or(optional(A)) optional(A)
optional(A).orValue(A) A
optional.unwrap(list(optional(A))) list(A)
list(optional(A)).unwrapOpt() list(A)
list(A).first() optional(A)
list(A).last() optional(A)
list(A).distinct() list(A)
list(A).flatten() list(dyn)
list(A).flatten(int) list(dyn)
list(A).reverse() list(A)
list(A).slice(int, int) list(A)
list(A).sort() list(A)
lists.range(int) list(int)
base64.encode(bytes) string
base64.decode(string) bytes
math.greatest(dyn) dyn
math.greatest(dyn, dyn) dyn
math.greatest(dyn, dyn, dyn) dyn
math.least(dyn) dyn
math.least(dyn, dyn) dyn
math.least(dyn, dyn, dyn) dyn
math.ceil(double) double
math.floor(double) double
math.round(double) double
math.trunc(double) double
math.abs(int) int
math.abs(uint) uint
math.abs(double) double
math.sign(int) int
math.sign(uint) uint
math.sign(double) double
math.sqrt(int) double
math.sqrt(uint) double
math.sqrt(double) double
math.isNaN(double) bool
math.isInf(double) bool
math.isFinite(double) bool
math.bitAnd(int, int) int
math.bitOr(int, int) int
math.bitXor(int, int) int
math.bitNot(int) int
math.bitShiftLeft(int, int) int
math.bitShiftRight(int, int) int
`;

const PARTS_OF_TIME = `getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds
  getMinutes getMonth getSeconds`;
const COMPARED = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const NUMBERS = ['int', 'uint', 'double'];

/** Overloads that follow a pattern: comparisons, also of unlike numbers, and the parts of a timestamp. */
export function patternedFunctions(): string[] {
  const pairs = [
    ...COMPARED.map(type => [type, type]),
    ...NUMBERS.flatMap(a => NUMBERS.filter(b => b !== a).map(b => [a, b])),
  ];
  return [
    ...['<', '<=', '>', '>='].flatMap(op => pairs.map(([a, b]) => `_${op}_(${a}, ${b}) bool`)),
    ...PARTS_OF_TIME.split(/\s+/).flatMap(part => [
      `timestamp.${part}() int`,
      `timestamp.${part}(string) int`,
    ]),
  ];
}
